/**
 * Cookies, where the visitor and the browser allow them.
 */
import { config } from "./config.js";
import { doc, loc } from "./guest.js";
import { permits } from "./lists.js";

/** Whether data of a consent category may be used; by default of the one without which nothing is kept at all. */
export const allowed = (category = config.need) => permits.every((permit) => permit(category) > 0);

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

const PROBE = "_dfd";

/** Writes a cookie for the widest domain that the browser accepts, so that `www.` and `shop.` share it. */
export const writeCookie = (name, value, days) => {
  const labels = loc.hostname.split(".");
  /* An IP address has no parent domain, though one engine would take a part of it. */
  let from = /\d$/.test(labels) ? 0 : labels.length - 1;
  let domain;
  const rest = ";path=/;samesite=lax" + (loc.protocol == "https:" ? ";secure" : "") + ";max-age=";
  const write = (pair, days) => cookies(pair + rest + days * 86400 + domain);
  /* What the browser accepts is seen by a cookie that is not there yet: one that is looks the same when its renewal was
     refused. */
  do {
    domain = from-- > 0 ? ";domain=" + labels.slice(from).join(".") : "";
    write(PROBE + "=1", 1);
  } while (from >= 0 && !readCookie(PROBE));
  write(PROBE + "=", 0);
  write(name + "=" + value, days);
};
