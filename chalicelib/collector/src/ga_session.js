/**
 * Google Analytics' session: its own cookie, or else one of ours, which ends after half an hour without events.
 */
import { config } from "./config.js";
import { doc } from "./guest.js";
import { enrichers, forgetters } from "./lists.js";
import { allowed, readCookie, writeCookie } from "./storage.js";
import "./vendors.js"; // which has put the cookies into the event

const SESSION_COOKIE = "_dfs";

forgetters.push(() => writeCookie(SESSION_COOKIE, "", 0));
enrichers.push((event) => {
  if (!allowed(config.ga[0])) return;
  const theirs = doc.cookie.match("_ga_" + config.ga[1] + "=(GS[^;]+)");
  const session = theirs ? theirs[1] : readCookie(SESSION_COOKIE) || "" + ((Date.now() / 1e3) >>> 0);
  if (!theirs) writeCookie(SESSION_COOKIE, session, 1 / 48); // 30 minutes
  event.context.cookies[SESSION_COOKIE] = session;
});
