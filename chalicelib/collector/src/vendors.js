/**
 * The cookies by which vendors know a visitor, and the click ids of the address that the visitor came by. The
 * configuration has a row for each cookie of the configured vendors; nothing of others is in the file.
 */
import { config } from "./config.js";
import { loc, uuid } from "./guest.js";
import { enrichers } from "./lists.js";
import { allowed, readCookie, writeCookie } from "./storage.js";

const landing = new URLSearchParams(loc.search);

/* What a letter stands for in the pattern of a new value. */
const made = {
  s: () => (Date.now() / 1e3) >>> 0, // since the epoch
  m: Date.now,
  n: () => ((1 + 3 * Math.random()) * 1e9) >>> 0, // ten digits, within 32 bits
  u: uuid,
};

/* The value of a cookie; written first, where there is none or where a new click id has come. A cookie of no
   days is only read. */
const value = ([cookie, days, pattern, parameter]) => {
  const present = readCookie(cookie);
  const click = encodeURIComponent((parameter && landing.get(parameter)) || "");
  if (!days || (parameter ? !click || ("" + present).endsWith(click) : present)) return present;
  const fresh = pattern.replace(/\$(.)/g, (_, letter) => made[letter]()) + click;
  writeCookie(cookie, fresh, days);
  return fresh;
};

enrichers.push((event) => {
  const cookies = (event.context.cookies = {});
  config.vendors.forEach(
    ([category, rows]) => allowed(category) && rows.forEach((row) => (cookies[row[0]] = value(row)))
  );
});
