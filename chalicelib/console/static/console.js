// What pages do beyond showing: times in the viewer's zone, copying, and parts that keep themselves fresh.
(function () {
  "use strict";

  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

  function localTimes(root) {
    root.querySelectorAll("time[datetime]:not([data-local])").forEach((time) => {
      const at = new Date(time.dateTime);
      time.textContent = (time.dataset.form === "clock" ? seconds : zone).format(at);
      time.dataset.local = "";
    });
  }

  function showButtons(root) {
    root.querySelectorAll("[data-copy], [data-add-line]").forEach((button) => { button.hidden = false; });
  }

  function prepare(root) {
    localTimes(root);
    showButtons(root);
    root.querySelectorAll("dialog[data-modal][open]").forEach((dialog) => {
      dialog.removeAttribute("open");
      dialog.showModal();
      dialog.addEventListener("close", () => dialog.show()); // by Escape: what is shown only once must stay
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const select = () => getSelection().selectAllChildren(button.previousElementSibling);
    if (!navigator.clipboard) return void select(); // over plain http there is none
    navigator.clipboard.writeText(button.dataset.copy).then(() => {
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    }, select);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-line]");
    if (!button) return;
    const area = document.getElementById(button.dataset.addLine);
    const lines = area.value.split("\n").filter((line) => line.trim());
    if (!lines.includes(button.textContent)) area.value = [...lines, button.textContent].join("\n");
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    // A moment later: a button that is disabled is not sent.
    if (button && event.target.method === "post") setTimeout(() => { button.disabled = true; });
  });
  addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; }));

  // A live part names the address of its newer self, and after how many seconds to ask there. What comes replaces every
  // `data-part` of the same name; in a list with `data-grows` it is put before the others, and tells where to ask next.
  function live(part) {
    if (!part.dataset.live) return;
    const again = () => setTimeout(() => refresh(part), Number(part.dataset.every) * 1000);
    if (part.dataset.at === "once") refresh(part);
    else again();
  }

  async function refresh(part) {
    if (!part.isConnected) return;
    if (document.hidden) return void document.addEventListener("visibilitychange", () => refresh(part), { once: true });
    try {
      const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected) return void location.reload();
      if (answer.ok) put(part, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the network is away for a moment: the next time it may be back */ }
    if (part.isConnected && part.dataset.live) setTimeout(() => refresh(part), Number(part.dataset.every) * 1000);
  }

  function put(part, fresh) {
    const grown = fresh.querySelector("[data-grows]");
    if (grown && part.dataset.grows !== undefined) return grow(part, grown);
    for (const newer of fresh.querySelectorAll("[data-part]")) {
      for (const old of document.querySelectorAll(`[data-part="${CSS.escape(newer.dataset.part)}"]`)) {
        if (old.contains(document.activeElement)) continue;
        const element = document.importNode(newer, true);
        old.replaceWith(element);
        prepare(element);
        live(element);
      }
    }
  }

  function grow(part, grown) {
    part.dataset.live = grown.dataset.live;
    const items = [...grown.children];
    if (items.length) document.querySelectorAll("[data-until-grown]").forEach((element) => element.remove());
    items.forEach((item) => item.classList.add("fresh"));
    part.prepend(...items);
    items.forEach(prepare);
    while (part.children.length > 200) part.lastElementChild.remove();
  }

  prepare(document);
  // In a narrow window tabs scroll sideways: the one that is open is to be seen.
  document.querySelectorAll("nav [aria-current]").forEach((link) => link.scrollIntoView({ block: "nearest", inline: "nearest" }));
  document.querySelectorAll("[data-live]").forEach(live);
  const here = new URL(location);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }
})();
