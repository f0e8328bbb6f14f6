/* The demo page: five steps over the admin API, and then a shop that is its own visitor. */
"use strict";

const API = "/v1/admin";
const step = (id) => document.getElementById(id);
const kept = { get: (name) => sessionStorage.getItem(name), set: (name, value) => sessionStorage.setItem(name, value) };
let pipeline = null;

class Refused extends Error {
  constructor(status, error) {
    const details = (error.details || []).map((detail) => `${detail.field} ${detail.message}`);
    super([error.message, ...details].join(" "));
    this.status = status;
    this.code = error.code;
  }
}

async function request(method, path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, content.error);
  return content;
}

function keep(tokens) {
  kept.set("access", tokens.access_token);
  kept.set("refresh", tokens.refresh_token);
}

/* An access token lives 15 minutes; the refresh token gets the next one, once. */
let renewing = null;
function renew() {
  renewing ??= request("POST", "/auth/refresh", { refresh_token: kept.get("refresh") }).then(keep).finally(() => (renewing = null));
  return renewing;
}

async function call(method, path, body) {
  try {
    return await request(method, path, body, kept.get("access"));
  } catch (error) {
    if (error.status !== 401 || !kept.get("refresh")) throw error;
    await renew();
    return request(method, path, body, kept.get("access"));
  }
}

function show(id, state, text) {
  const section = step(id);
  section.classList.toggle("done", state === "done");
  section.classList.toggle("failed", state === "failed");
  section.querySelector(".state").textContent = text;
}

/* Runs a step's work when its form is sent, and shows how it stands. */
function onSubmit(id, selector, working, work) {
  const form = step(id).querySelector(selector);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    show(id, "working", working);
    try {
      await work(new FormData(form));
    } catch (error) {
      show(id, "failed", error.message);
    }
    button.disabled = false;
  });
}

function open(id) {
  step(id).inert = false;
}

function facts(id, entries) {
  const list = step(id).querySelector(".result");
  list.replaceChildren(
    ...entries.flatMap(([name, value]) => {
      const term = document.createElement("dt");
      term.textContent = name;
      const fact = document.createElement("dd");
      const code = document.createElement("code");
      code.textContent = value;
      const copy = document.createElement("button");
      copy.type = "button";
      copy.className = "copy";
      copy.textContent = "Copy";
      copy.setAttribute("aria-label", `Copy ${name}`);
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(value);
        copy.textContent = "Copied";
        setTimeout(() => (copy.textContent = "Copy"), 1500);
      });
      fact.append(code, copy);
      return [term, fact];
    })
  );
}

async function signedIn() {
  const me = await call("GET", "/auth/me");
  show("sign-in", "done", `Signed in as ${me.email}, ${me.role}`);
  step("sign-in").querySelector("form").hidden = true;
  const { pipelines } = await call("GET", "/pipelines?type=web&sort=-created_at");
  const existing = step("pipeline").querySelector(".existing");
  existing.hidden = pipelines.length === 0;
  existing.querySelector("select").replaceChildren(...pipelines.map((one) => new Option(one.name, one.id)));
  open("pipeline");
}

onSubmit("sign-in", "form", "Signing in …", async (form) => {
  keep(await request("POST", "/auth/login", { email: form.get("email"), password: form.get("password") }));
  await signedIn();
});

function use(chosen) {
  pipeline = chosen;
  const entries = [["Pipeline key, public", chosen.pipeline_key]];
  if (chosen.pipeline_key_secret) entries.push(["Secret, shown this once", chosen.pipeline_key_secret]);
  facts("pipeline", entries);
  show("pipeline", "done", `POST ${API}/pipelines → ${chosen.id}`);
  step("enabled").checked = chosen.enabled;
  open("build");
}

onSubmit("pipeline", "form", "Making it …", async (form) => {
  use(await call("POST", "/pipelines", { name: form.get("name"), type: "web", labels: ["demo"] }));
});

onSubmit("pipeline", ".existing", "Getting it …", async (form) => {
  use(await call("GET", `/pipelines/${form.get("id")}`));
});

async function built() {
  const status = await call("GET", `/pipelines/${pipeline.id}/collector/status`);
  if (status.status !== "building") return status;
  await new Promise((done) => setTimeout(done, 300));
  return built();
}

onSubmit("build", "form", "Building …", async () => {
  const progress = step("build").querySelector("progress");
  progress.hidden = false;
  try {
    await call("POST", `/pipelines/${pipeline.id}/collector/build`);
    const status = await built();
    if (status.status === "failed") throw new Error(status.message);
    pipeline.url = status.url;
    facts("build", [
      ["Tag that survives the next build", status.script_tag],
      ["Tag of exactly this version", status.pinned_script_tag],
    ]);
    const size = `${status.file_size_bytes.toLocaleString()} bytes, ${status.brotli_bytes.toLocaleString()} with brotli`;
    show("build", "done", `Version ${status.version_hash}, ${size}`);
    open("load");
  } finally {
    progress.hidden = true;
  }
});

onSubmit("load", "form", "Loading …", async () => {
  await new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.async = true;
    script.src = pipeline.url;
    script.onload = loaded;
    script.onerror = () => failed(new Error("The script could not be loaded; was it built?"));
    document.head.append(script);
  });
  show("load", "done", `window._df is there, from ${new URL(pipeline.url).pathname}`);
  step("load").querySelector("form").hidden = true;
  step("load").querySelector(".shop").hidden = false;
  open("events");
  look();
});

for (const button of step("load").querySelectorAll("[data-event]")) {
  button.addEventListener("click", () => {
    window._df.track(button.dataset.event, { product: button.dataset.product, price: Number(button.dataset.price) });
    const refused = step("load").querySelector(".refused");
    refused.textContent = step("enabled").checked ? "" : "Refused: the pipeline is disabled, so nothing arrives.";
  });
}

step("enabled").addEventListener("change", async (event) => {
  const refused = step("load").querySelector(".refused");
  try {
    await call("PUT", `/pipelines/${pipeline.id}`, { enabled: event.target.checked });
    refused.textContent = "";
  } catch (error) {
    event.target.checked = !event.target.checked;
    refused.textContent = error.message;
  }
});

const shown = new Set();
function entry(event) {
  const item = document.createElement("li");
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const when = document.createElement("time");
  when.dateTime = event.receivedAt;
  when.textContent = new Date(event.receivedAt).toLocaleTimeString();
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = event.type;
  const name = document.createElement("strong");
  name.textContent = event.event || event.name || event.context?.page?.title || "";
  summary.append(when, kind, name);
  const content = document.createElement("pre");
  content.textContent = JSON.stringify(event, null, 2);
  details.append(summary, content);
  item.append(details);
  return item;
}

/* Asks once a second, while somebody is looking. */
async function look() {
  if (!document.hidden) {
    try {
      const { events } = await call("GET", `/pipelines/${pipeline.id}/events`);
      const fresh = events.filter((event) => !shown.has(event.messageId));
      fresh.forEach((event) => shown.add(event.messageId));
      step("events").querySelector(".list").prepend(...fresh.map(entry));
      step("events").querySelector(".empty").hidden = shown.size > 0;
      show("events", shown.size ? "done" : "working", shown.size ? `${shown.size} arrived` : "Looking …");
    } catch (error) {
      show("events", "failed", error.message);
    }
  }
  setTimeout(look, 1000);
}

if (kept.get("refresh")) signedIn().catch(() => sessionStorage.clear());
