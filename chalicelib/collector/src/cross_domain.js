/**
 * Across domains: a link or form to a listed host takes the visitor's id along in `_dfl`, for two minutes, for that
 * host and this browser only. The receiving page takes it once and cleans its address.
 */
import { api } from "./api.js";
import { config } from "./config.js";
import { doc, later, listen, loc, nav } from "./guest.js";
import { starters } from "./lists.js";
import { allowed } from "./storage.js";
import { adopt, getAnonymousId } from "./visitor.js";

const PARAMETER = "_dfl";
const LIFE = 12e4; // milliseconds

/* Binds the parts together, to the host and to this browser. It is no signature: a page has no secret to sign with. */
const checksum = (parts) => {
  let hash = 0;
  for (const character of parts + nav.userAgent) hash = (31 * hash + character.charCodeAt()) | 0;
  return hash.toString(36);
};

/* The token for a host; nothing for one that is not listed, or when the id may not be used. */
const token = (host) => {
  const listed = config.hosts.some((entry) => (entry[0] == "*" ? host.endsWith(entry.slice(1)) : host == entry));
  if (!listed || host == loc.hostname || !allowed()) return;
  const parts = [getAnonymousId(), Date.now().toString(36)];
  return [...parts, checksum([...parts, host])].join(".");
};

/* What is parsed and put together again may not be what was written: the rest of an address stays as it is. */
const clean = (address) => address.replace(/([?&])_dfl=[^&#]*&?/, "$1").replace(/[?&](#|$)/, "$1");

const decorated = (address) => {
  try {
    const url = new URL(clean("" + address), doc.baseURI);
    const value = token(url.hostname);
    if (value) {
      url.search += (url.search ? "&" : "?") + PARAMETER + "=" + value;
      return url.href;
    }
  } catch (unparsable) {
    /* It is the page's matter. */
  }
  return address;
};

/* Changes an address for the navigation that follows the event, and only for it: what is copied or clicked later has no
   old token in it. */
const lend = (element, attribute) => {
  const before = element.getAttribute(attribute) || "";
  const address = decorated(before);
  if (address == before) return;
  element.setAttribute(attribute, address);
  later(() => element.setAttribute(attribute, before));
};

const clicked = (event) => {
  const link = event.target.closest("a[href]");
  if (link) lend(link, "href");
};

/* A GET form replaces the query of its address by its fields. */
const filled = (event) => {
  const form = event.target;
  const value = form.method == "get" && token(new URL(form.action).hostname);
  if (value) event.formData.set(PARAMETER, value);
};

const received = () => {
  const given = new URLSearchParams(loc.search).get(PARAMETER);
  if (!given) return;
  history.replaceState(history.state, "", clean(loc.href));
  const [visitor, at, sum] = given.split(".");
  const age = Math.abs(Date.now() - parseInt(at, 36));
  if (/^[\w-]{36}$/.test(visitor) && age < LIFE && sum == checksum([visitor, at, loc.hostname])) adopt(visitor);
};

api.linkTo = decorated;
received();
starters.push(() => {
  listen(doc, "click", clicked);
  listen(doc, "auxclick", clicked);
  listen(doc, "submit", (event) => lend(event.target, "action"));
  listen(doc, "formdata", filled);
});
