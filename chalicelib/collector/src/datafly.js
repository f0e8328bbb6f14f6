/* Datafly.js: page and track. Plain ES2017; the quoted slot below is filled by the builder. */
(function (window, document) {
  "use strict";
  var config = "[[ config | tojson ]]";
  if (window[config.global]) return;

  var script = document.currentScript;
  var endpoint = (script && script.getAttribute("data-endpoint")) || config.endpoint;

  function randomId() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.from(bytes, function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /* Storage may be blocked; then the visitor is anonymous for this page view only. */
  var anonymousId = randomId();
  try {
    anonymousId = localStorage.getItem("_dfa") || anonymousId;
    localStorage.setItem("_dfa", anonymousId);
  } catch (blocked) {}

  function send(path, event) {
    event.writeKey = config.key;
    event.messageId = randomId();
    event.anonymousId = anonymousId;
    event.timestamp = new Date().toISOString();
    event.context = {
      page: { url: location.href, referrer: document.referrer, title: document.title },
      locale: navigator.language,
      library: { name: "datafly.js" },
    };
    /* text/plain needs no preflight, and keepalive lets the request outlive the page. */
    fetch(endpoint + path, { method: "POST", body: JSON.stringify(event), keepalive: true, credentials: "omit" }).catch(
      function () {}
    );
  }

  window[config.global] = {
    page: function (name, properties) {
      send("/v1/p", { type: "page", name: name, properties: properties || {} });
    },
    track: function (name, properties) {
      send("/v1/t", { type: "track", event: name, properties: properties || {} });
    },
    getAnonymousId: function () {
      return anonymousId;
    },
  };
  window[config.global].page();
})(window, document);
