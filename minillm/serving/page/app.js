// The page: asks /v1/completions as any other client does, and shows each token with its probability.
"use strict";

const ALTERNATIVES = 5;
const LEVELS = [2, 5, 10]; // bits; the colours of `minillm evaluate --tokens`
const byId = (id) => document.getElementById(id);

let language = "es";
let models = [];
let running = null; // an AbortController while texts are being continued
let measuring = null;

const word = (name) => WORDS[language][name];
const number = (value, digits) =>
  value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (logprob) => {
  const share = Math.exp(logprob) * 100;
  return share < 0.01 ? `< ${number(0.01, 2)} %` : `${number(share, share < 1 ? 2 : share < 10 ? 1 : 0)} %`;
};

const named = (text) => text.trim() || text.replaceAll(" ", "␣").replaceAll("\n", "⏎");
const UNKNOWN = "[UNK]";
const saidOf = (token) => (token.text ? named(token.text) : word("part")) + (token.unknown ? ` = ${UNKNOWN}` : "");

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Language

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", word(element.dataset.label));
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  for (const slider of document.querySelectorAll("input[type=range]")) showValue(slider);
  for (const card of document.querySelectorAll(".card")) card.shown.translate();
  hideTip();
}

function showValue(slider) {
  byId(`${slider.id}-shown`).textContent = number(Number(slider.value), slider.id === "tokens" ? 0 : 2);
}

// A text of tokens

class Card {
  constructor(model, empty) {
    this.model = model;
    this.title = make("h3", {}, model.id);
    this.size = make("p", { class: "size" });
    this.text = make("div", { class: "text", role: "group", lang: "es", "aria-busy": "false" });
    this.summary = make("p", { class: "summary" });
    this.element = make("article", { class: "card" }, make("div", { class: "head" }, this.title, this.size), this.text, this.summary);
    this.element.shown = this;
    this.empty = empty;
    this.clear();
    this.translate();
  }

  // `owner` is the signal of what is shown from now on: what began before writes no more.
  clear(owner = null) {
    this.owner = owner;
    this.tokens = [];
    this.ended = null;
    this.text.replaceChildren(make("span", { class: "empty", "data-word": this.empty }, word(this.empty)));
    this.summarize();
  }

  begin(owner, prompt) {
    this.clear(owner);
    this.text.replaceChildren(make("span", { class: "given" }, prompt));
    this.text.setAttribute("aria-busy", "true");
  }

  // The tokens of an answer's `logprobs`; the end of the text is one too.
  add(owner, logprobs, reason) {
    if (owner !== this.owner) return;
    logprobs.tokens.forEach((text, index) => {
      if (reason === "stop" && text === "[EOS]") text = "∎";
      const token = { text, logprob: logprobs.token_logprobs[index], top: logprobs.top_logprobs[index] };
      token.bits = token.logprob === null ? null : -token.logprob / Math.LN2;
      token.unknown = token.top?.[UNKNOWN] === token.logprob;
      // Space before a word is not coloured: it hangs over a line's end.
      const space = text.trim() ? text.length - text.trimStart().length : 0;
      const rest = text.slice(space);
      token.element = make("span", { class: "token", role: "button", tabindex: this.tokens.length ? "-1" : "0" }, rest);
      token.element.token = token;
      if (!text) token.element.classList.add("part"); // of a character that a later token completes
      if (token.unknown) token.element.classList.add("unknown");
      if (token.bits !== null) token.element.classList.add(`s${LEVELS.filter((most) => token.bits >= most).length}`);
      this.tokens.push(token);
      this.label(token);
      this.text.append(text.slice(0, space), token.element);
    });
    this.summarize();
  }

  end(owner, reason) {
    if (owner !== this.owner) return;
    this.ended = reason;
    this.text.setAttribute("aria-busy", "false");
    this.summarize();
  }

  label(token) {
    const share = token.bits === null ? word("firstLabel") : `${percent(token.logprob)}, ${number(token.bits, 1)} ${word("bits")}`;
    token.element.setAttribute("aria-label", `${saidOf(token)}: ${share}`);
  }

  summarize() {
    const bits = this.tokens.filter((token) => token.bits !== null).map((token) => token.bits);
    if (!bits.length) {
      this.summary.textContent = "";
      return;
    }
    const mean = bits.reduce((sum, value) => sum + value, 0) / bits.length;
    const parts = [
      `${this.tokens.length} tokens`,
      `${number(mean, 2)} ${word("perTokenSoFar")}`,
      `${word("perplexity")} ${number(2 ** mean, 1)}`,
    ];
    const unknown = this.tokens.filter((token) => token.unknown).length;
    if (unknown) parts.push(`${unknown} ${UNKNOWN}`);
    if (this.ended === "stop") parts.push(word("end"));
    if (this.ended === "stopped") parts.push(word("stopped"));
    this.summary.textContent = parts.join(" · ");
  }

  translate() {
    const size = this.model.parameters.toLocaleString(language);
    this.size.textContent = `${size} ${word("parameters")} · ${this.model.context} ${word("context")}`;
    this.text.setAttribute("aria-label", `${this.model.id}: ${word("tokensLabel")}`);
    this.tokens.forEach((token) => this.label(token));
    this.summarize();
  }
}

// What might have stood there

function showTip(element) {
  const { token } = element;
  const tip = byId("tip");
  if (!token || token.top === null) return hideTip();
  for (const other of document.querySelectorAll(".token.chosen")) other.classList.remove("chosen");
  element.classList.add("chosen");
  element.setAttribute("aria-describedby", "tip");
  const rows = Object.entries(token.top).sort((a, b) => b[1] - a[1]);
  const list = make("ol");
  for (const [text, logprob] of rows) {
    const bar = make("span", { class: "amount" });
    bar.style.width = `${Math.exp(logprob - rows[0][1]) * 100}%`; // of the likeliest one's
    const row = make("li", logprob === token.logprob ? { class: "own" } : {},
      make("span", { class: "name", lang: "es" }, named(text)),
      make("span", { class: "scale", "aria-hidden": "true" }, bar),
      make("span", { class: "share" }, percent(logprob)));
    list.append(row);
  }
  tip.replaceChildren(
    make("p", { class: "tip-title" }, make("strong", { lang: "es" }, saidOf(token)),
      ` ${percent(token.logprob)} · ${number(token.bits, 1)} ${word("bits")}`),
    make("p", { class: "tip-lead" }, word("insteadOf")), list);
  tip.hidden = false;
  const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(box.left, width - tip.offsetWidth - 8));
  const below = box.bottom + 6 + tip.offsetHeight <= window.innerHeight || box.top < tip.offsetHeight + 6;
  tip.style.left = `${left + window.scrollX}px`;
  tip.style.top = `${(below ? box.bottom + 6 : box.top - 6 - tip.offsetHeight) + window.scrollY}px`;
}

function hideTip() {
  byId("tip").hidden = true;
  for (const other of document.querySelectorAll(".token.chosen")) {
    other.classList.remove("chosen");
    other.removeAttribute("aria-describedby");
  }
}

function move(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const tokens = [...event.currentTarget.querySelectorAll(".token")];
  const here = tokens.indexOf(document.activeElement);
  if (here < 0) return;
  let to = here + (steps[event.key] ?? 0);
  if (event.key === "Home") to = 0;
  if (event.key === "End") to = tokens.length - 1;
  to = Math.max(0, Math.min(tokens.length - 1, to));
  if (to === here && !["Home", "End", ...Object.keys(steps)].includes(event.key)) return;
  event.preventDefault();
  tokens[here].tabIndex = -1;
  tokens[to].tabIndex = 0;
  tokens[to].focus();
}

function listen(cards) {
  cards.addEventListener("mouseover", (event) => event.target.token && showTip(event.target));
  cards.addEventListener("mouseleave", () => !document.activeElement?.token && hideTip());
  cards.addEventListener("focusin", (event) => event.target.token && showTip(event.target));
  cards.addEventListener("focusout", hideTip);
  cards.addEventListener("click", (event) => event.target.token && showTip(event.target));
}

// The server

class Refused extends Error {}

async function ask(body, signal) {
  let answer;
  try {
    answer = await fetch("v1/completions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(word("noServer"));
  }
  if (answer.ok) return answer;
  if (answer.status === 429) throw new Refused(word("busy"));
  const said = await answer.json().then((content) => content.error.message, () => answer.statusText);
  throw new Refused(`${word("refused")} ${said}`);
}

async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Refused(word("broken"));
    const found = (rest + value).split("\n\n");
    rest = found.pop();
    for (const event of found) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") return;
      const content = JSON.parse(data);
      if (content.error) throw new Refused(`${word("refused")} ${content.error.message}`);
      yield content.choices[0];
    }
  }
}

async function continueIn(card, body, signal) {
  card.begin(signal, body.prompt);
  try {
    const answer = await ask({ ...body, model: card.model.id }, signal);
    let reason = null;
    for await (const choice of events(answer)) {
      card.add(signal, choice.logprobs, choice.finish_reason);
      reason = choice.finish_reason ?? reason;
    }
    card.end(signal, reason);
  } catch (error) {
    card.end(signal, "stopped");
    throw error;
  }
}

async function scoreIn(card, text, signal) {
  card.clear(signal);
  card.text.setAttribute("aria-busy", "true");
  try {
    const body = { model: card.model.id, prompt: text, max_tokens: 0, echo: true, logprobs: ALTERNATIVES };
    const answer = await (await ask(body, signal)).json();
    if (signal === card.owner) card.text.replaceChildren();
    card.add(signal, answer.choices[0].logprobs, null);
  } finally {
    card.end(signal, null);
  }
}

// All cards at once; the first thing that went wrong is told.
async function inAll(cards, error, signal, work) {
  byId(error).textContent = "";
  hideTip();
  const results = await Promise.allSettled(cards.map(work));
  if (cards.some((card) => card.owner !== signal)) return; // begun anew meanwhile
  const failed = results.find((result) => result.status === "rejected" && result.reason.name !== "AbortError");
  if (failed) {
    if (!(failed.reason instanceof Refused)) console.error(failed.reason);
    byId(error).textContent = failed.reason instanceof Refused ? failed.reason.message : word("broken");
  }
  byId("said").textContent = cards
    .filter((card) => card.tokens.length)
    .map((card) => `${card.model.id}: ${card.tokens.map((token) => token.text).join("")}. ${card.summary.textContent}`)
    .join(" ");
}

async function continueAll(event) {
  event.preventDefault();
  const seed = byId("seed").value.trim();
  byId("seed").removeAttribute("aria-invalid");
  if (!/^\d{1,16}$/.test(seed) || !Number.isSafeInteger(Number(seed))) {
    byId("continue-error").textContent = word("seedError");
    byId("seed").setAttribute("aria-invalid", "true");
    byId("seed").focus();
    byId("seed").scrollIntoView({ block: "center" }); // and with it what is said of it
    return;
  }
  running?.abort();
  const mine = (running = new AbortController());
  const body = {
    prompt: byId("prompt").value,
    max_tokens: Number(byId("tokens").value),
    temperature: Number(byId("temperature").value),
    top_p: Number(byId("top_p").value),
    seed: Number(seed),
    logprobs: ALTERNATIVES,
    stream: true,
  };
  byId("stop").disabled = false;
  await inAll(shown("continuations"), "continue-error", mine.signal, (card) => continueIn(card, body, mine.signal));
  if (running !== mine) return; // begun anew meanwhile
  running = null;
  if (document.activeElement === byId("stop")) byId("go").focus();
  byId("stop").disabled = true;
}

async function measureAll(event) {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text) {
    byId("surprise-error").textContent = word("textError");
    byId("text").focus();
    return;
  }
  measuring?.abort();
  measuring = new AbortController();
  const { signal } = measuring;
  await inAll(shown("surprises"), "surprise-error", signal, (card) => scoreIn(card, text, signal));
}

const shown = (id) => [...byId(id).children].map((element) => element.shown);

async function begin() {
  const prefers = navigator.languages.find((name) => /^(es|en)\b/.test(name)) ?? "en";
  speak(prefers.slice(0, 2));
  for (const button of document.querySelectorAll("[data-language]"))
    button.addEventListener("click", () => speak(button.dataset.language));
  for (const slider of document.querySelectorAll("input[type=range]"))
    slider.addEventListener("input", () => showValue(slider));
  for (const text of EXAMPLES) {
    const button = make("button", { type: "button", class: "quiet", lang: "es" }, text);
    button.addEventListener("click", () => {
      byId("prompt").value = text;
      byId("continue").requestSubmit();
    });
    byId("examples").append(button);
  }
  byId("another").addEventListener("click", () => {
    byId("seed").value = String(Math.floor(Math.random() * 100000));
    byId("continue").requestSubmit();
  });
  byId("continue").addEventListener("submit", continueAll);
  byId("surprise").addEventListener("submit", measureAll);
  byId("stop").addEventListener("click", () => running?.abort());
  for (const id of ["prompt", "text"])
    byId(id).addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
  try {
    models = (await (await fetch("v1/models")).json()).data;
  } catch {
    byId("continue-error").textContent = word("noServer");
    return;
  }
  for (const [id, empty] of [["continuations", "empty"], ["surprises", "emptySurprise"]]) {
    byId(id).append(...models.map((model) => new Card(model, empty).element));
    listen(byId(id));
    for (const card of shown(id)) card.text.addEventListener("keydown", move);
  }
  document.documentElement.dataset.ready = "true";
}

begin();
