// Runs scripts one after the other, each in a page of stand-ins of its own; says how many ran, and which did not.
const { readFileSync } = require("node:fs");
const vm = require("node:vm");

const quiet = () => {};
function aPage(warn) {
  const document = { cookie: "", title: "", referrer: "", baseURI: "https://a.test/", addEventListener: quiet };
  const page = {
    document,
    location: new URL("https://a.test/?gclid=1&_dfl=a.b.c"),
    navigator: { userAgent: "node", language: "en", onLine: true, sendBeacon: () => true, globalPrivacyControl: true },
    history: { state: null, replaceState: quiet, pushState: quiet },
    localStorage: { getItem: () => null, setItem: quiet, removeItem: quiet },
    crypto: require("node:crypto").webcrypto,
    console: { warn },
    fetch: () => Promise.resolve({ ok: true, status: 200, json: () => ({ token: "t", expires_in: 60 }) }),
    addEventListener: quiet,
    dataLayer: [["consent", "update", { analytics_storage: "granted", ad_storage: "granted", ad_user_data: "granted" }]],
    setTimeout: (fn) => { page.timers.push(fn); },
    clearTimeout: quiet,
    timers: [],
    URL, URLSearchParams, Blob,
  };
  page.window = page;
  return page;
}

const scripts = JSON.parse(readFileSync(process.argv[2], "utf8"));
let ran = 0;
for (const [name, text] of scripts) {
  const problems = [];
  const page = aPage((problem) => problems.push(problem));
  try {
    vm.runInNewContext(text, page);
    page._df.track("Bought", { price: 5 });
    page._df.identify("u1");
    page._df.consent({ analytics: true, marketing: true });
    page._df.flush();
    page.timers.splice(0).forEach((fn) => fn());
  } catch (problem) {
    problems.push(problem);
  }
  const real = problems.filter((problem) => problem != "no consent_config");
  if (real.length) console.log(`${name}: ${real[0].stack || real[0]}`);
  else ran++;
}
console.log(`${ran} ran`);
