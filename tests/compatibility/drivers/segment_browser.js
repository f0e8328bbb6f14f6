// @segment/analytics-next in a page, told by window.job what to send; window.failed has what it reports as failed.
window.failed = [];
(async () => {
  const { AnalyticsBrowser } = window.AnalyticsNext;
  const [analytics] = await AnalyticsBrowser.load({ writeKey: job.key, cdnURL: job.host });
  analytics.on("delivery_failure", (context) => failed.push(context.failedDelivery().reason.message));
  if (job.send === "one") {
    await analytics.track("Order completed", { total: 49.9 });
  } else {
    await analytics.identify("u-4711", { plan: "pro" });
    await analytics.page("Pricing", { section: "top" });
    await analytics.screen("Home");
    await analytics.track("Order completed", { total: 49.9 });
    await analytics.group("g-1", { seats: 5 });
    await analytics.alias("u-4711", "a-1");
  }
})();
