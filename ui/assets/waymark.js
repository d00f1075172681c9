// What the page does by itself: sources beside the conversation, my situation, copy, save, opinions.
// Nothing here sends anything: the server is reached only through window.waymarkTrigger (Gradio).
(() => {
  const $ = (query, from = document) => from.querySelector(query);
  const $$ = (query, from = document) => [...from.querySelectorAll(query)];
  const room = { place: null, opener: null };

  // ---------------------------------------------------------------- kept here
  const keep = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
  };
  const kept = (key, fallback) => {
    try { return JSON.parse(localStorage.getItem(key)) ?? fallback; } catch { return fallback; }
  };

  // ------------------------------------------------------------- small pieces
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const say = (text) => {
    let status = $("#said");
    if (!status) {
      status = element("div", { id: "said", className: "sr" });
      status.setAttribute("role", "status");
      document.body.append(status);
    }
    status.textContent = "";
    setTimeout(() => { status.textContent = text; }, 30);
  };
  const flash = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    say(text);
    setTimeout(() => { button.textContent = before; }, 1600);
  };
  const box = () => $("#box textarea");
  const write = (text) => {
    const area = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(text.length, text.length);
  };
  const busy = () => Boolean($("#talk .pending, #talk .growing"));
  const tell = (wish) => {
    if (busy() || !window.waymarkTrigger) return;
    window.waymarkTrigger("select", wish);
  };
  const messageOf = (turn) => $$("#talk .asked")[turn]?.dataset.message ?? "";

  // ------------------------------------------------ the side: sources, situation
  const narrow = () => matchMedia("(max-width: 67.99rem)").matches;
  const side = () => $("#side");
  const view = (name) => {
    side().dataset.view = name;
    for (const tab of $$("[data-tab]", side())) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
  };
  const openSide = (name, opener) => {
    view(name);
    room.opener = opener ?? document.activeElement;
    side().classList.add("open");
    for (const button of $$('[data-do="situation"]')) button.setAttribute("aria-expanded", name === "situation");
    if (narrow()) {
      side().setAttribute("role", "dialog");
      side().setAttribute("aria-modal", "true");
      if (!$(".scrim")) {
        const scrim = element("button", { className: "scrim", type: "button", tabIndex: -1 });
        scrim.setAttribute("aria-label", "Close");
        scrim.dataset.do = "close";
        document.body.append(scrim);
      }
    }
    const target = name === "sources" ? $("#sources-view") : $("#situation");
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };
  const closeSide = () => {
    side()?.classList.remove("open");
    side()?.setAttribute("role", "complementary");
    side()?.removeAttribute("aria-modal");
    $(".scrim")?.remove();
    for (const mark of $$(".cite.open")) mark.classList.remove("open");
    for (const button of $$('[data-do="situation"]')) button.setAttribute("aria-expanded", "false");
    room.opener?.focus?.({ preventScroll: true });
    room.opener = null;
  };
  const openSource = (link) => {
    const card = $(`#talk [data-source="${CSS.escape(link.dataset.cite)}"]`);
    if (!card) return false;
    for (const mark of $$(".cite.open")) mark.classList.remove("open");
    link.classList.add("open");
    const panel = $("#sources-view");
    panel.replaceChildren(card.cloneNode(true));
    openSide("sources", link);
    const words = $("mark", panel);
    if (words) words.scrollIntoView({ block: "center" });
    else side().scrollTop = 0;
    say(`Source opened: ${$("h3", panel)?.textContent ?? ""}`);
    return true;
  };

  // On a wide screen the first source of a new answer is beside it without asking.
  const arrived = (turn) => {
    if (turn.getBoundingClientRect().top < 0) turn.scrollIntoView({ block: "start" });
    const card = $("[data-source]", turn);
    if (narrow() || side().dataset.view !== "sources") return;
    if (card) $("#sources-view").replaceChildren(card.cloneNode(true));
    else $("#sources-view").replaceChildren(element("p", { className: "quiet", textContent: "This answer rests on no source." }));
  };

  // -------------------------------------------------------------- my situation
  const changeFact = (button) => {
    const row = button.closest("[data-fact]");
    if ($("form", row)) return;
    const name = row.dataset.fact;
    const input = element("input", { value: $(".value", row).textContent, maxLength: 120 });
    input.setAttribute("aria-label", name);
    const form = element("form", {}, input, element("button", { className: "tool", textContent: "Save" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = input.value.trim();
      if (value) tell({ ask: row.dataset.said.replace("{}", value) });
      form.remove();
      if (narrow()) closeSide();
    });
    row.append(form);
    input.focus();
    input.select();
  };

  // ------------------------------------------------------------ edit and resend
  const showPlace = () => {
    const bar = $("#editing");
    if (!bar) return;
    bar.hidden = room.place === null;
    if (room.place === null) return;
    const cancel = element("button", { type: "button", className: "tool", textContent: "Cancel" });
    cancel.dataset.do = "cancel-edit";
    bar.replaceChildren(`Sending replaces question ${room.place + 1} and what follows it.`, cancel);
  };
  window.waymark = {
    takePlace: () => {
      const place = room.place;
      room.place = null;
      showPlace();
      return place;
    },
  };

  // --------------------------------------------------------------------- opinions
  const OPINIONS = "waymark-opinions";
  const opinionKey = (turn) => {
    const text = `${messageOf(turn)}\n${$(`[data-answer="${turn}"] .tools`)?.dataset.markdown ?? ""}`;
    let hash = 0;
    for (const sign of text) hash = (hash * 31 + sign.codePointAt(0)) | 0;
    return String(hash);
  };
  const showOpinions = () => {
    const opinions = kept(OPINIONS, {});
    for (const button of $$("#talk [data-opinion]")) {
      const given = opinions[opinionKey(button.dataset.turn)]?.opinion;
      button.setAttribute("aria-pressed", given === button.dataset.opinion);
    }
  };
  const giveOpinion = (button) => {
    const { turn, opinion } = button.dataset;
    const opinions = kept(OPINIONS, {});
    const key = opinionKey(turn);
    const answer = button.closest(".answer");
    $(".opinion", answer)?.remove();
    if (opinions[key]?.opinion === opinion) {
      delete opinions[key];
      keep(OPINIONS, opinions);
      showOpinions();
      return;
    }
    opinions[key] = { opinion, question: messageOf(turn), at: new Date().toISOString() };
    if (!keep(OPINIONS, opinions)) { flash(button, "Not kept"); return; }
    showOpinions();
    say("Kept in this browser");
    if (opinion === "helpful") return;
    const choice = element("select", {}, element("option", { value: "", textContent: "The whole answer" }));
    for (const sentence of $$(".s", answer)) {
      const text = sentence.textContent.trim();
      choice.append(element("option", { value: text, textContent: text.length > 90 ? `${text.slice(0, 90)} …` : text }));
    }
    const comment = element("textarea", { rows: 2, maxLength: 1000 });
    const done = element("button", { type: "button", className: "button", textContent: "Keep" });
    done.addEventListener("click", () => {
      const all = kept(OPINIONS, {});
      all[key] = { ...all[key], sentence: choice.value, comment: comment.value.trim() };
      keep(OPINIONS, all);
      form.replaceChildren(element("p", { className: "quiet", textContent: "Kept in this browser; it is part of what you save as a text file." }));
      say("Kept in this browser");
    });
    const form = element("div", { className: "opinion" },
      element("label", {}, `What is ${opinion}?`, choice),
      element("label", {}, "Why? (optional)", comment), element("div", {}, done));
    button.closest(".tools").after(form);
    form.scrollIntoView({ block: "center" });
    choice.focus({ preventScroll: true });
  };

  // ------------------------------------------------------------- copy, save, print
  const copy = async (button) => {
    const text = button.closest(".tools").dataset.markdown;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = element("textarea", { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    flash(button, "Copied");
  };
  const asMarkdown = () => {
    const opinions = kept(OPINIONS, {});
    const parts = ["# A conversation with Waymark", "", `Saved ${new Date().toISOString().slice(0, 10)}`, ""];
    $$("#talk .turn").forEach((turn, number) => {
      parts.push(`## ${messageOf(number).replace(/\s+/g, " ")}`, "", $(".tools", turn)?.dataset.markdown ?? "(not answered)", "");
      const given = opinions[opinionKey(number)];
      if (given) parts.push(`My note: ${[given.opinion, given.sentence, given.comment].filter(Boolean).join(" - ")}`, "");
    });
    return parts.join("\n");
  };
  const saveMarkdown = () => {
    const link = element("a", {
      href: URL.createObjectURL(new Blob([asMarkdown()], { type: "text/markdown" })),
      download: `waymark-${new Date().toISOString().slice(0, 10)}.md`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say("Saved");
  };
  addEventListener("beforeprint", () => { for (const d of $$(".cited, .why")) d.open = true; });

  // ---------------------------------------------------------- earlier conversations
  // Kept as Gradio keeps the present one; opening one puts it back and loads the page again.
  const EARLIER = "waymark-earlier", PRESENT = "waymark-conversation";
  const putAway = () => {
    const first = messageOf(0), whole = localStorage.getItem(PRESENT);
    if (!first || !whole) return;
    const all = kept(EARLIER, []).filter((one) => one.whole !== whole);
    all.unshift({ title: first.slice(0, 80), at: new Date().toISOString(), whole });
    while (all.length && !keep(EARLIER, all.slice(0, 20))) all.pop();
  };
  const listEarlier = (menu) => {
    const all = kept(EARLIER, []);
    const items = $(".menu-items", menu);
    items.replaceChildren();
    if (!all.length) items.append(element("p", { textContent: "Conversations that you end with New are listed here. They stay in this browser." }));
    all.forEach((one, number) => {
      const button = element("button", { type: "button", textContent: one.title });
      button.append(element("span", { className: "quiet", textContent: ` ${one.at.slice(0, 10)}` }));
      button.dataset.do = "open-earlier";
      button.dataset.number = number;
      items.append(button);
    });
    const wipe = element("button", { type: "button", className: "wipe", textContent: "Erase everything kept in this browser" });
    wipe.dataset.do = "wipe";
    items.append(wipe);
  };
  const openEarlier = (number) => {
    const all = kept(EARLIER, []);
    const [one] = all.splice(number, 1);
    if (!one) return;
    keep(EARLIER, all);
    putAway();
    localStorage.setItem(PRESENT, one.whole);
    location.reload();
  };

  // -------------------------------------------------------------------------- look
  const turnLook = () => {
    const dark = document.documentElement.dataset.look === "dark";
    try { localStorage.setItem("waymark-look", dark ? "light" : "dark"); } catch { /* then only this page */ }
    document.documentElement.dataset.look = dark ? "light" : "dark";
    document.body.classList.toggle("dark", !dark);
    showLook();
  };
  const showLook = () => {
    const dark = document.documentElement.dataset.look === "dark";
    for (const button of $$(".look")) button.setAttribute("aria-pressed", dark);
  };

  const ACTS = {
    look: turnLook,
    close: closeSide,
    situation: (button) => openSide("situation", button),
    change: changeFact,
    erase: (button) => tell({ erase: button.dataset.words }),
    edit: (button) => {
      room.place = Number(button.dataset.turn);
      write(messageOf(room.place));
      showPlace();
    },
    "cancel-edit": () => {
      window.waymark.takePlace();
      write("");
    },
    again: (button) => {
      const turn = Number(button.dataset.turn);
      tell({ ask: messageOf(turn), place: turn });
    },
    copy,
    opinion: giveOpinion,
    fresh: () => {
      putAway();
      $("#fresh")?.click();
      closeSide();
      $("#sources-view")?.replaceChildren();
      box()?.focus();
    },
    "save-markdown": saveMarkdown,
    print: () => print(),
    "open-earlier": (button) => openEarlier(Number(button.dataset.number)),
    wipe: () => {
      for (const key of [EARLIER, OPINIONS]) try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
      $("#fresh")?.click();
      say("Erased");
    },
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    for (const menu of $$(".menu[open]")) if (!menu.contains(target) || target.closest(".menu-items")) menu.open = false;
    const link = target.closest("a.cite");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (link && plain && side() && openSource(link)) { event.preventDefault(); return; }
    const asked = target.closest("[data-ask]");
    if (asked) { tell({ ask: asked.dataset.ask }); return; }
    const tab = target.closest("[data-tab]");
    if (tab) { view(tab.dataset.tab); return; }
    const button = target.closest("[data-do]");
    if (button) ACTS[button.dataset.do]?.(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = $(".menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); return; }
      if (side()?.classList.contains("open")) closeSide();
      else if (room.place !== null) ACTS["cancel-edit"]();
      return;
    }
    const tab = event.target instanceof Element ? event.target.closest("[data-tab]") : null;
    if (tab && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      const other = $$("[data-tab]", side()).find((one) => one !== tab);
      view(other.dataset.tab);
      other.focus();
    }
    // On a phone the panel is modal: Tab stays inside it.
    if (event.key === "Tab" && side()?.getAttribute("aria-modal")) {
      const inside = $$("a[href], button, summary, input, [tabindex='0']", side()).filter((one) => one.offsetParent);
      const first = inside[0], last = inside[inside.length - 1];
      if (event.shiftKey && document.activeElement === first) { last.focus(); event.preventDefault(); }
      else if (!event.shiftKey && document.activeElement === last) { first.focus(); event.preventDefault(); }
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.id === "earlier" && event.target.open) listEarlier(event.target);
  }, true);

  // ------------------------------------------------------------- what Gradio leaves out
  const settle = () => {
    const talk = $("#talk");
    if (!talk || talk.dataset.settled) return Boolean(talk);
    talk.dataset.settled = "yes";
    talk.setAttribute("role", "log");
    talk.setAttribute("aria-live", "polite");
    talk.setAttribute("aria-label", "Conversation");
    side().setAttribute("role", "complementary");
    side().setAttribute("aria-label", "Sources and my situation");
    const situation = $("#situation");
    situation.setAttribute("role", "tabpanel");
    situation.setAttribute("aria-labelledby", "tab-situation");
    const main = $("main");
    main.id = "main";
    main.tabIndex = -1;
    view("sources");
    showLook();
    showOpinions();
    let waited = false;
    new MutationObserver(() => {
      showOpinions();
      const last = $$("#talk .turn").at(-1);
      const waits = busy();
      if (last && waits && !waited) last.scrollIntoView({ block: "start", behavior: "smooth" });
      if (last && waited && !waits) arrived(last);
      waited = waits;
    }).observe(talk, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
    return true;
  };
  const begin = () => {
    showLook();
    if (document.body.classList.contains("page")) {
      $("mark")?.scrollIntoView({ block: "center" });
      return;
    }
    window.waymarkLook?.();
    if (settle()) return;
    const waiting = new MutationObserver(() => { if (settle()) waiting.disconnect(); });
    waiting.observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
