// @segment/analytics-node, told by a job in JSON what to send; prints what it reports as failed.
import { Analytics } from "@segment/analytics-node";

const job = JSON.parse(process.argv[2]);
const analytics = new Analytics({ writeKey: job.key, host: job.host, flushInterval: 100 });
const failed = [];
analytics.on("error", (error) => failed.push(String(error.reason?.message ?? error.reason ?? error.code)));
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
await analytics.closeAndFlush();
console.log(JSON.stringify(failed));
