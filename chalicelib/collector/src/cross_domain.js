/**
 * Across domains: a link or form to a listed host takes the visitor's id along in `_dfl`, for two minutes, for that
 * host and this browser only. The receiving page takes it once and cleans its address.
 */
import { api } from "./api.js";
import { config } from "./config.js";
import { doc, later, listen, loc, nav, quietly } from "./guest.js";
import { starters } from "./lists.js";
import { allowed } from "./storage.js";
import { adopt, getAnonymousId } from "./visitor.js";

const LIFE = 12e4; // milliseconds

/* Binds the parts together, to the host and to this browser. It is no signature: a page has no secret to sign with. */
const checksum = (text) => {
  let hash = 0;
  for (const character of text + nav.userAgent) hash = (31 * hash + character.charCodeAt()) | 0;
  return hash;
};

let newest;

/* The token for a host; nothing for one that is not listed, or when the id may not be used. */
const token = (host) => {
  if (!config.hosts.some((entry) => (entry[0] == "*" ? host.endsWith(entry.slice(1)) : host == entry)) || host == loc.hostname || !allowed()) return;
  const text = getAnonymousId() + "." + Date.now();
  return (newest = text + "." + checksum(text + host));
};

/* What is parsed and put together again may not be what was written: the rest of an address stays as it is. */
const clean = (address) => address.replace(/([?&])_dfl=[^&#]*&?/, "$1").replace(/[?&]+(#|$)/, "$1");

const withToken = quietly((address) => {
  const url = new URL(clean("" + address), doc.baseURI);
  const value = token(url.hostname);
  if (!value) return;
  url.search += "&_dfl=" + value;
  return url.href;
});

const decorated = (address) => withToken(address) || address;

/* A GET form replaces the query of its address by its fields: what the form that is being sent has for one more. */
let field;

/* Changes an address for the navigation that follows the event, and only for it: what is copied or clicked later has no
   old token in it. True when it was changed. */
const lend = (element, attribute) => {
  const before = element.getAttribute(attribute) || "";
  const address = decorated(before);
  if (address == before) return;
  element.setAttribute(attribute, address);
  return later(() => {
    element.setAttribute(attribute, before);
    field = 0;
  });
};

const clicked = (event) => {
  const link = event.target.closest("a[href]");
  if (link) lend(link, "href");
};

/* The form's method is not asked for as its property: that may be a field of the name. */
const submitted = ({ target, submitter }) => {
  const own = submitter && submitter.hasAttribute("formaction");
  const changed = own ? lend(submitter, "formaction") : lend(target, "action");
  if (changed && !/post/i.test(target.getAttribute("method"))) field = newest;
};

const received = () => {
  const given = new URLSearchParams(loc.search).get("_dfl");
  if (!given) return;
  history.replaceState(history.state, "", clean(loc.href));
  const [visitor, at, sum] = given.split(".");
  const known = sum == checksum(visitor + "." + at + loc.hostname);
  if (known && Math.abs(Date.now() - at) < LIFE && /^[\w-]{36}$/.test(visitor)) adopt(visitor);
};

api.linkTo = decorated;
starters.push(() => {
  quietly(received)();
  listen(doc, "click", clicked);
  listen(doc, "auxclick", clicked);
  listen(doc, "submit", submitted);
  listen(doc, "formdata", (event) => field && event.formData.set("_dfl", field));
});
