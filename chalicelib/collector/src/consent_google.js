/**
 * Google Consent Mode 2: `gtag("consent", "default" | "update", {…})`, which are entries of the data layer. The codes
 * are its storage types.
 */
import { coded, NO, YES } from "./consent.js";
import { config } from "./config.js";
import { win } from "./guest.js";

const updated = {};

coded(config.consent.google, (type) => {
  let byDefault;
  [].forEach.call(win[config.consent.layer] || [], (entry) => {
    const value = entry && entry[0] == "consent" && entry[2] && entry[2][type];
    if (!value) return;
    /* Tag Manager cuts the layer to its last entries, hence the memory. */
    if (entry[1] == "update") updated[type] = value == "granted" ? YES : NO;
    else byDefault = byDefault != 0 && value == "granted";
  });
  /* A default of denied is no answer yet; and defaults by region do not tell which region this is. */
  return updated[type] || byDefault || 0;
});
