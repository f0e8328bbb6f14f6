/**
 * Google Analytics' session: its own cookie, or else one of ours, which ends after half an hour without events.
 */
import { config } from "./config.js";
import { doc } from "./guest.js";
import { enrichers } from "./lists.js";
import { allowed, readCookie, writeCookie } from "./storage.js";
import { seconds } from "./vendors.js";

const SESSION_COOKIE = "_dfs";
const SESSION_DAYS = 0.0208; // 30 minutes

enrichers.push((event) => {
  if (!allowed(config.ga[0])) return;
  const theirs = doc.cookie.match("_ga_" + config.ga[1] + "=(GS[^;]+)");
  const session = theirs ? theirs[1] : readCookie(SESSION_COOKIE) || "" + seconds();
  if (!theirs) writeCookie(SESSION_COOKIE, session, SESSION_DAYS);
  event.context.cookies[SESSION_COOKIE] = session;
});
