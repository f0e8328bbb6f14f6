/**
 * Consent platforms that write a cookie or a storage entry that can be read: OneTrust, Cookiebot and any other. A code
 * is a piece of the text that means yes, or several that follow each other: `C0002:1` in `groups=C0001:1,C0002:1`,
 * `stats:true` in `{"stats": true}`, `stats` in `["stats"]`, `level=full` in `ads=0&level=full`.
 */
import { config } from "./config.js";
import { coded, NO, YES } from "./consent.js";
import { readCookie } from "./storage.js";

const separated = (text) => "," + text.replace(/["'\s]/g, "").replace(/[;&|{}[\]]|\w+=(?=\w+:)/g, ",") + ",";

config.consent.texts.forEach((source) =>
  coded(source.codes, (code) => {
    const text = source.cookie ? readCookie(source.cookie) : localStorage.getItem(source.item);
    /* Codes are ASCII, and unlike its successors it takes a percent sign that stands for itself. */
    if (text && separated(unescape(text)).includes(separated(code))) return YES;
    /* What is refused before the visitor has closed the banner is not refused by the visitor. */
    return text && (!source.closed || readCookie(source.closed)) ? NO : 0;
  })
);
