"use strict";
const $ = (id) => document.getElementById(id);
let running = null;

const headers = () => {
  const all = { "Content-Type": "application/json" };
  if ($("key").value) all.Authorization = "Bearer " + $("key").value;
  return all;
};

async function events(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ") && line !== "data: [DONE]") take(JSON.parse(line.slice(6)));
    }
  }
}

async function go() {
  running = new AbortController();
  $("go").disabled = true;
  $("stop").disabled = false;
  $("status").textContent = "";
  try {
    const response = await fetch("v1/completions", {
      method: "POST",
      headers: headers(),
      signal: running.signal,
      body: JSON.stringify({
        prompt: $("text").value,
        max_tokens: Number($("tokens").value),
        temperature: Number($("temperature").value),
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    if (!response.ok) throw new Error((await response.json()).error.message);
    await events(response, (event) => {
      if (event.error) throw new Error(event.error.message);
      for (const choice of event.choices) {
        $("text").value += choice.text;
        $("text").scrollTop = $("text").scrollHeight;
      }
      if (event.usage) $("status").textContent = event.usage.completion_tokens + " tokens";
    });
  } catch (error) {
    $("status").textContent = error.name === "AbortError" ? "Stopped." : error.message;
  }
  running = null;
  $("go").disabled = false;
  $("stop").disabled = true;
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) go();
});
$("stop").addEventListener("click", () => running && running.abort());
fetch("v1/models", { headers: headers() })
  .then((response) => (response.ok ? response.json() : { data: [] }))
  .then((models) => { $("model").textContent = models.data.map((model) => model.id).join(", "); });
