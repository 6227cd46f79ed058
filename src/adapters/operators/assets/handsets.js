"use strict";

const main = document.getElementById("handsets");
const labels = main.dataset;
const prompts = document.getElementById("prompts");
const latest = document.getElementById("latest");
const notice = document.getElementById("notice");
const manual = document.getElementById("manual");
let seen = "";

const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const send = async (path) => {
  await fetch(`/_handsets/${path}`, { method: "POST" });
  await refresh();
};

const button = (action, prompt) => {
  const made = element("button", labels[action], action);
  made.type = "button";
  made.dataset.number = prompt.number;
  made.addEventListener("click", () => {
    made.disabled = true;
    send(`${prompt.number}/${action}`);
  });
  return made;
};

const handset = (prompt) => {
  const made = element("article", "", `handset ${prompt.operator}`);
  made.append(element("h3", `${prompt.operator.toUpperCase()} ${prompt.party}`));
  made.append(element("p", `${prompt.amount} ${prompt.currency}`, "amount"));
  if (prompt.message) made.append(element("p", prompt.message));
  made.append(element("p", prompt.reference, "reference"));
  if (prompt.page) {
    const link = element("a", labels.open);
    link.href = prompt.page;
    made.append(link);
  } else {
    made.append(button("confirm", prompt), button("decline", prompt));
  }
  return made;
};

const line = (done) => {
  const words = [done.operator.toUpperCase(), done.party, `${done.amount} ${done.currency}`, labels[done.standing]];
  return element("li", [...words, done.reason].filter(Boolean).join(" · "), done.standing);
};

const refresh = async () => {
  try {
    const answer = await fetch("/_handsets/state", { cache: "no-store" });
    const text = await answer.text();
    notice.textContent = "";
    if (text === seen) return;
    seen = text;
    const state = JSON.parse(text);
    manual.checked = state.manual;
    const shown = state.waiting.length ? state.waiting.map(handset) : [element("p", labels.empty, "empty")];
    prompts.replaceChildren(...shown);
    latest.replaceChildren(...state.latest.map(line));
  } catch {
    notice.textContent = labels.lost;
  }
};

manual.addEventListener("change", () => send(`manual/${manual.checked ? "on" : "off"}`));
setInterval(refresh, 1000);
refresh();
