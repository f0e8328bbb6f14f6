// @rudderstack/analytics-js in a page, told by window.job what to send.
window.failed = [];
(() => {
  const analytics = new window.rudderanalytics.RudderAnalytics();
  analytics.load(job.key, job.host, { configUrl: job.host, logLevel: "ERROR", sendAdblockPage: false });
  if (job.send === "one") {
    analytics.track("Order completed", { total: 49.9 });
  } else {
    analytics.identify("u-4711", { plan: "pro" });
    analytics.page("Pricing", { section: "top" });
    analytics.track("Order completed", { total: 49.9 });
    analytics.group("g-1", { seats: 5 });
    analytics.alias("u-4711", "a-1");
  }
})();
