"use strict";
const byId = (id) => document.getElementById(id);
const [form, prompt, suffix, middle, run, stop, answer, status, error] =
    ["form", "prompt", "suffix", "middle", "run", "stop", "answer", "status", "error"].map(byId);
const NUMBERS = ["max_tokens", "temperature", "top_p", "top_k", "min_p", "seed"];
const REASONS = {
  stop: "the model ended its text",
  length: "the limit of tokens was reached",
  cancelled: "cancelled",
};
let model = null;
let running = null;

/** One sentence for whatever went wrong. */
function words(failure, begun = false) {
  if (failure instanceof TypeError) {
    return begun
        ? "The connection to the server broke off before the answer's end."
        : "The server cannot be reached. Is hadal serve still running?";
  }
  return failure.message;
}

function headers() {
  const all = { "Content-Type": "application/json" };
  const key = byId("key").value;
  if (key !== "") all.Authorization = "Bearer " + key;
  return all;
}

function showError(text) {
  error.textContent = text;
  error.hidden = text === "";
}

/** The message of an answer that is not a success, in OpenAI's form or in its own words. */
async function refusal(response) {
  const text = await response.text();
  let message = "";
  try {
    message = JSON.parse(text).error.message;
  } catch {
    message = text.trim().slice(0, 500);
  }
  if (response.status === 429 && !message) message = "The server is busy. Try again in a moment.";
  return new Error(message || "The server answered with status " + response.status + ".");
}

/** The data of the events in a stream of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) yield line.slice(5).trim();
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function request() {
  const body = { prompt: prompt.value, stream: true, stream_options: { include_usage: true } };
  if (model) body.model = model;
  if (middle.open && suffix.value !== "") body.suffix = suffix.value;
  for (const name of NUMBERS) {
    const value = byId(name).value;
    if (value !== "") body[name] = Number(value);
  }
  return body;
}

/** Puts prompt, an empty place for the answer and the suffix on the page. */
function lay(body) {
  const piece = (text, style) => {
    const span = document.createElement("span");
    span.className = style;
    span.textContent = text;
    return span;
  };
  const written = piece("", "written running");
  answer.replaceChildren(piece(body.prompt, "soft"), written, piece(body.suffix ?? "", "soft"));
  return written;
}

function report(state) {
  const seconds = (performance.now() - state.start) / 1000;
  const tokens = state.usage ? state.usage.completion_tokens : state.pieces;
  const parts = [];
  if (state.first) {
    const busy = (state.last - state.first) / 1000;
    const rate = tokens > 1 && busy > 0 ? ((tokens - 1) / busy).toFixed(1) + " tokens/s" : "";
    parts.push((state.usage ? "" : "about ") + tokens + (tokens === 1 ? " token" : " tokens"), rate,
        "first after " + ((state.first - state.start) / 1000).toFixed(2) + " s");
  } else if (!state.reason) {
    parts.push("waiting for the first token, " + seconds.toFixed(0) + " s");
  }
  if (state.usage) parts.push(state.usage.prompt_tokens + " in the prompt");
  if (state.reason) parts.push(REASONS[state.reason] ?? state.reason);
  status.textContent = parts.filter(Boolean).join(" · ");
}

async function complete() {
  const body = request();
  const written = lay(body);
  const state = { start: performance.now(), first: 0, last: 0, pieces: 0, usage: null, reason: "" };
  const timer = setInterval(() => report(state), 500);
  running = new AbortController();
  run.disabled = true;
  stop.disabled = false;
  showError("");
  report(state);
  let ended = false;
  try {
    const response = await fetch("v1/completions", {
      method: "POST",
      headers: headers(),
      body: JSON.stringify(body),
      signal: running.signal,
    });
    if (!response.ok) throw await refusal(response);
    for await (const data of events(response.body)) {
      if (data === "[DONE]") {
        ended = true;
        break;
      }
      const event = JSON.parse(data);
      if (event.error) throw new Error(event.error.message);
      if (event.usage) state.usage = event.usage;
      const choice = event.choices?.[0];
      if (!choice) continue;
      if (choice.text) {
        state.last = performance.now();
        state.first ||= state.last;
        state.pieces++;
        const below = answer.scrollHeight - answer.scrollTop - answer.clientHeight < 40;
        written.append(choice.text);
        if (below) answer.scrollTop = answer.scrollHeight;
      }
      if (choice.finish_reason) state.reason = choice.finish_reason;
    }
    if (!ended) throw new Error("The answer broke off before its end.");
  } catch (failure) {
    if (failure.name === "AbortError") {
      state.reason = "stopped";
    } else {
      state.reason = state.first ? "broken off" : "no answer";
      showError(words(failure, state.first > 0));
    }
  } finally {
    clearInterval(timer);
    written.classList.remove("running");
    running = null;
    run.disabled = false;
    stop.disabled = true;
    report(state);
  }
}

async function nameModel() {
  try {
    const response = await fetch("v1/models", { headers: headers() });
    if (!response.ok) throw await refusal(response);
    model = (await response.json()).data[0].id;
    showError("");
    byId("model").textContent = model;
    document.title = model + " – Hadal";
  } catch (failure) {
    byId("model").textContent = "no model";
    showError(words(failure));
  }
}

byId("key").addEventListener("change", nameModel);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) complete();
});
stop.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
nameModel();
