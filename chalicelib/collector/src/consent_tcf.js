/**
 * IAB Europe's Transparency and Consent Framework 2: `__tcfapi`, command `addEventListener`. The codes are purposes.
 */
import { config } from "./config.js";
import { answered, coded, NO, YES } from "./consent.js";
import { quietly, win } from "./guest.js";

let asked;
let heard;

/* While its window is open, nothing has been answered. */
const hear = quietly((data, success) => {
  if (success && data.eventStatus != "cmpuishown") answered(() => (heard = data));
});

coded(config.consent.tcf, (purpose) => {
  /* The consent platform may come after us, so it is looked for at every event. */
  if (!asked && win.__tcfapi) win.__tcfapi("addEventListener", (asked = 2), hear);
  return heard ? (heard.gdprApplies === false || heard.purpose.consents[purpose] ? YES : NO) : 0;
});
