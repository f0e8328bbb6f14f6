/**
 * Global Privacy Control (W3C): with it on, the visitor has refused the categories that it is configured to be about.
 */
import { config } from "./config.js";
import { nav } from "./guest.js";
import { enrichers, permits } from "./lists.js";

if (nav.globalPrivacyControl) {
  permits.push((category) => !config.gpc.includes(category));
  enrichers.push((event) => (event.context.gpc = true));
}
