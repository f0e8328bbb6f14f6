/**
 * Cookies, where the visitor and the browser allow them.
 */
import { config } from "./config.js";
import { doc, loc } from "./guest.js";
import { permits } from "./lists.js";

/** Whether data of a consent category may be used; by default of the one without which nothing is kept at all. */
export const allowed = (category = config.need) => permits.every((permit) => permit(category));

/* All cookies, after setting one. A sandboxed frame has none and says so by throwing. */
const cookies = (change) => {
  try {
    if (change) doc.cookie = change;
    return "; " + doc.cookie;
  } catch (blocked) {
    return "";
  }
};

export const readCookie = (name) => {
  const found = cookies().split("; " + name + "=")[1];
  return found && found.split(";")[0];
};

/** Writes a cookie for the widest domain that the browser accepts, so that `www.` and `shop.` share it. */
export const writeCookie = (name, value, days) => {
  const attributes = ";path=/;samesite=lax;max-age=" + days * 86400 + (loc.protocol == "https:" ? ";secure" : "");
  /* An IP address has no parent domain, though one engine would take a part of it. */
  const labels = /\d$/.test(loc.hostname) ? [] : loc.hostname.split(".");
  let from = labels.length - 1;
  do cookies(name + "=" + value + attributes + (from-- > 0 ? ";domain=" + labels.slice(from).join(".") : ""));
  while (from >= 0 && readCookie(name) != value);
};
