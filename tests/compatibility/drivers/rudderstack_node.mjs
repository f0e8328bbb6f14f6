// @rudderstack/rudder-sdk-node, told by a job in JSON what to send; prints what it reports as failed.
import RudderAnalytics from "@rudderstack/rudder-sdk-node";

const job = JSON.parse(process.argv[2]);
const failed = [];
const analytics = new RudderAnalytics(job.key, {
  dataPlaneUrl: job.host,
  gzip: job.gzip,
  flushInterval: 60_000,
  logLevel: "silly_nothing",
  errorHandler: (error) => failed.push(String(error.message)),
});
const userId = "u-4711";
if (job.send === "one") {
  analytics.track({ userId, event: "Order completed", properties: { total: 49.9 }, messageId: job.message_id });
} else {
  analytics.identify({ userId, traits: { plan: "pro" } });
  analytics.page({ userId, name: "Pricing", properties: { section: "top" } });
  analytics.screen({ userId, name: "Home" });
  analytics.track({ userId, event: "Order completed", properties: { total: 49.9 } });
  analytics.group({ userId, groupId: "g-1", traits: { seats: 5 } });
  analytics.alias({ userId, previousId: "a-1" });
}
await analytics.flush().catch((error) => failed.push(String(error.message)));
console.log(JSON.stringify(failed));
process.exit(0); // its timer would keep the process
