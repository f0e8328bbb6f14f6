/**
 * Consent platforms that write a cookie or a storage entry that can be read: OneTrust, Cookiebot and any other. A code
 * is a piece of the text that means yes, between two separators: `C0002:1` in `groups=C0001:1,C0002:1`, `stats:true` in
 * `{"stats": true}`, `stats` in `["stats"]`.
 */
import { config } from "./config.js";
import { coded } from "./consent.js";
import { readCookie } from "./storage.js";

const separated = (text) => "," + text.replace(/["'\s]/g, "").replace(/[;&|{}[\]]/g, ",") + ",";

config.consent.texts.forEach((source) =>
  coded(source.codes, (code) => {
    const text = source.cookie ? readCookie(source.cookie) : localStorage.getItem(source.item);
    if (text && separated(decodeURIComponent(text)).includes("," + code + ",")) return true;
    /* What is refused before the visitor has closed the banner is not refused by the visitor. */
    return text && (!source.closed || readCookie(source.closed)) ? false : undefined;
  })
);
