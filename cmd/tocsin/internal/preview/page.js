
"use strict";
document.documentElement.classList.add("js");
addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  // What was chosen outlives a reload; a browser that keeps nothing only forgets it.
  const kept = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { sessionStorage.setItem(name, value); } catch { /* forgotten */ } };

  const tabs = all("#tabs [role=tab]");
  const links = all("#list a");
  let tab = kept("tab") ?? "0";

  // One stop for Tab in the list: the finding that is chosen, or the first that is not filtered out.
  const inList = () => links.filter((l) => !l.closest("li").hidden);
  function stop() {
    const shown = inList();
    const at = shown.find((l) => l.getAttribute("aria-current")) ?? shown[0];
    for (const l of links) l.tabIndex = l === at ? 0 : -1;
  }
  function show() {
    const [, number, wanted] = location.hash.match(/^#(?:finding|message)-(\d+)(?:-(\d+))?$/) ?? [];
    let link = links.find((l) => l.hash === "#finding-" + number);
    if (link !== undefined && !document.querySelector("#finding-" + number)) return location.replace(link.href);
    link ??= links.find((l) => document.querySelector(l.hash));
    if (wanted !== undefined) keep("tab", tab = wanted);
    if (!tabs.some((t) => t.dataset.tab === tab)) tab = "0";
    for (const l of links) l === link ? l.setAttribute("aria-current", "true") : l.removeAttribute("aria-current");
    for (const article of all("article")) {
      const chosen = link !== undefined && "#" + article.id === link.hash;
      article.classList.toggle("chosen", chosen);
      for (const message of all(".message", article)) {
        message.classList.toggle("chosen", message.dataset.tab === tab);
        message.setAttribute("role", "tabpanel");
        if (!chosen) continue;
        const button = tabs[message.dataset.tab];
        button.setAttribute("aria-controls", message.id);
        const held = message.querySelector(".decision.held") !== null;
        button.classList.toggle("held", held);
        button.title = held ? "not sent" : "";
      }
    }
    for (const t of tabs) {
      t.setAttribute("aria-selected", String(t.dataset.tab === tab));
      t.tabIndex = t.dataset.tab === tab ? 0 : -1;
      if (t.dataset.tab === tab) t.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    stop();
  }
  function choose(name) {
    keep("tab", tab = name);
    if (location.hash.startsWith("#message-")) history.replaceState(null, "", links.find((l) => l.getAttribute("aria-current")).hash);
    show();
  }

  const bar = document.getElementById("tabs");
  if (bar !== null) {
    for (const t of tabs) t.addEventListener("click", () => choose(t.dataset.tab));
    bar.hidden = tabs.length === 0;
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tab, End: tabs.length - 1 - tab }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = tabs[(Number(tab) + step + tabs.length) % tabs.length];
      choose(next.dataset.tab);
      next.focus();
    });
    document.getElementById("list").addEventListener("keydown", (event) => {
      const shown = inList();
      const at = shown.indexOf(document.activeElement);
      const next = { ArrowDown: shown[at + 1], ArrowUp: shown[at - 1], Home: shown[0], End: shown.at(-1) }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
      keep("focus", "list"); // where the next finding is on another page
      next.click();
    });
    // The link's own jump would scroll past the tabs.
    for (const l of links) l.addEventListener("click", (event) => {
      if (!document.querySelector(l.hash) || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(null, "", l.hash);
      keep("focus", "");
      show();
      scrollTo(0, 0);
    });
    addEventListener("hashchange", show);
    addEventListener("filtered", stop);
  }

  // Slack shows a time in the zone of its reader.
  for (const t of all(".slack time")) {
    const when = new Date(t.dateTime);
    const day = when.toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" });
    const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
    const near = { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
    t.textContent = `${near ?? day} ${when.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" })}`;
  }

  const themes = document.getElementById("themes");
  function paint(theme) {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    for (const b of all("button", themes)) b.setAttribute("aria-pressed", String(b.dataset.theme === theme));
  }
  for (const b of all("button", themes)) b.addEventListener("click", () => { keep("theme", b.dataset.theme); paint(b.dataset.theme); });
  paint(kept("theme") ?? "auto");
  themes.hidden = false;
  if (bar !== null) {
    show();
    const current = links.find((l) => l.getAttribute("aria-current"));
    const focus = kept("focus") === "list";
    keep("focus", "");
    // A browser goes to what the address names, and drops the focus, only when all is loaded.
    addEventListener("load", () => setTimeout(() => {
      current?.scrollIntoView({ block: "nearest" });
      if (focus) current?.focus();
      scrollTo(0, 0);
    }));
  }

  if (!("live" in root.dataset)) return;
  const live = document.getElementById("live");
  function say(text, lost) { if (live.textContent !== text) live.textContent = text; live.classList.toggle("lost", lost); }
  async function watch() {
    try {
      const answer = await fetch("version", { cache: "no-store" });
      if (answer.ok) {
        const now = await answer.text();
        if (now !== root.dataset.live) return location.reload();
        say("Reloads when its files change", false);
      }
    } catch { say("tocsin preview has ended", true); }
    setTimeout(watch, 1000);
  }
  live.hidden = false;
  watch();
});
