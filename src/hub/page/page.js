// The hub's page: newest alerts, live, and the states of nodes. What comes from nodes is shown as
// text alone.
"use strict";

const PAGE_ALERTS = 50; // asked for at once
const SHOWN_MAX = 500; // alerts on the page; the oldest leave
const NODES_MAX = 200; // nodes on the page
const NODES_EVERY_MS = 5000;
const DELAY_MS_MIN = 500; // until the next attempt to connect
const DELAY_MS_MAX = 15000;
const COMMENT_MAX = 4096; // characters

const byId = (id) => document.getElementById(id);
const shown = new Map(); // number of an alert -> its element
let older = 0; // where the next page begins; 0: there is none
let loaded = false;

function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) made[key] = value;
  made.append(...children);
  return made;
}

function tell(trouble) {
  byId("trouble").textContent = trouble;
  byId("trouble").hidden = trouble === "";
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title || `HTTP ${answer.status}`);
  return body;
}

// Runs `work` and tells what went wrong, if anything did.
async function tried(work) {
  try {
    await work();
    tell("");
  } catch (error) {
    tell(`The hub does not answer as it should: ${error.message}`);
  }
}

function when(text) {
  const time = new Date(text.replace(/(\.\d{3})\d*/, "$1"));
  const local = time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return element("time", { dateTime: text, title: text, textContent: local });
}

// ---- alerts ----

function alertElement(alert) {
  const words = element("div", { className: "words" },
    element("h3", { textContent: alert.title || "alert" }),
    element("p", {}, when(alert.time)),
    element("p", { className: "facts",
      textContent: [alert.device, alert.deployment, `node ${alert.node}`].filter(Boolean).join(" · ") }));
  const made = element("li", {}, words, footElement(alert), commentsElement(alert.number));
  made.dataset.number = alert.number;
  if (alert.picture) {
    const source = `/api/v1/alerts/${alert.number}/picture`;
    const image = element("img", { src: source, loading: "lazy",
      alt: `Picture of ${alert.title || "the alert"} at ${alert.device || alert.node}` });
    made.prepend(element("a", { href: source, target: "_blank", rel: "noreferrer" }, image));
  }
  return made;
}

function footElement(alert) {
  const foot = element("div", { className: "foot" });
  if (alert.acknowledged) {
    foot.append(element("p", { className: "facts" }, `Acknowledged by ${alert.acknowledged.by}, `,
      when(alert.acknowledged.time)));
    return foot;
  }
  const button = element("button", { type: "button", textContent: "Acknowledge" });
  button.addEventListener("click", () => tried(async () => {
    button.disabled = true;
    try {
      foot.replaceWith(footElement(await tellHub(`${alert.number}/acknowledge`, {})));
    } finally {
      button.disabled = false;
    }
  }));
  foot.append(button);
  return foot;
}

// What was said of an alert is asked for when somebody opens it.
function commentsElement(number) {
  const said = element("ul");
  const text = element("textarea", { rows: 2, maxLength: COMMENT_MAX, required: true,
    ariaLabel: "Your comment" });
  const form = element("form", {}, text, element("button", { textContent: "Comment" }));
  const all = element("details", {}, element("summary", { textContent: "Comments" }), said, form);
  const fill = ({ comments }) => said.replaceChildren(...comments.map((comment) => element("li", {},
    element("p", { className: "said", textContent: comment.text }),
    element("p", { className: "facts" }, `${comment.by}, `, when(comment.time)))));
  all.addEventListener("toggle", () => {
    if (all.open) tried(async () => fill(await ask(`/api/v1/alerts/${number}`)));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tried(async () => {
      fill(await tellHub(`${number}/comments`, { text: text.value }));
      text.value = "";
    });
  });
  return all;
}

// The alert as it is after that.
function tellHub(path, what) {
  return ask(`/api/v1/alerts/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ by: byId("who").value.trim() || "somebody at the page", ...what }),
  });
}

// Puts an alert where its number belongs: the highest first. Of one that is there only what people
// did may be new, and a comment may be half written.
function show(alert) {
  if (shown.has(alert.number)) {
    shown.get(alert.number).querySelector(".foot").replaceWith(footElement(alert));
    return;
  }
  const made = alertElement(alert);
  let before = byId("alerts").firstElementChild;
  while (before && Number(before.dataset.number) > alert.number) before = before.nextElementSibling;
  byId("alerts").insertBefore(made, before);
  shown.set(alert.number, made);
}

function dropOldest() {
  const list = byId("alerts");
  while (shown.size > SHOWN_MAX) {
    const last = list.lastElementChild;
    shown.delete(Number(last.dataset.number));
    last.remove();
    older = Number(list.lastElementChild.dataset.number);
  }
}

function settle() {
  byId("no-alerts").hidden = !loaded || shown.size > 0;
  byId("older").hidden = older === 0 || shown.size >= SHOWN_MAX;
}

// The newest page; after a time without connection, all that came meanwhile, as far as it is shown.
async function loadNewest() {
  const known = shown.size === 0 ? 0 : Math.max(...shown.keys());
  let next = 0;
  let count = 0;
  do {
    const page = await ask(`/api/v1/alerts?limit=${PAGE_ALERTS}${next ? `&after=${next}` : ""}`);
    page.items.forEach(show);
    count += page.items.length;
    next = page.next || 0;
    if (!loaded) older = next;
  } while (known && next > known + 1 && count < SHOWN_MAX);
  loaded = true;
  dropOldest();
  settle();
}

async function loadOlder() {
  const page = await ask(`/api/v1/alerts?limit=${PAGE_ALERTS}&after=${older}`);
  page.items.forEach(show);
  older = page.next || 0;
  settle();
}

// ---- nodes ----

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function duration(seconds) {
  const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, noun] = units.find(([size]) => seconds >= size);
  return counted(Math.round(seconds / size), noun);
}

function nodeElement(node) {
  const facts = [];
  if (node.seen) facts.push("seen ", when(node.seen)); else facts.push("never seen");
  if (node.version) facts.push(` · ${node.version}`);
  if (node.reported) {
    facts.push(` · ${counted(node.deployments, "deployment")} · ${counted(node.cameras, "camera")}`);
    if (node.failing > 0) {
      facts.push(" · ", element("span", { className: "failing", textContent: `${node.failing} failing` }));
    }
  }
  if (node.trouble) facts.push(" · ", element("span", { className: "failing", textContent: node.trouble }));
  const lost = Object.entries(node.lost).filter(([, count]) => count > 0);
  if (lost.length > 0) {
    facts.push(` · lost ${lost.map(([name, count]) => counted(count, `${name} record`)).join(", ")}`);
  }
  const offset = Math.round(node.clock_offset_seconds || 0);
  if (offset !== 0) {
    facts.push(` · its clock is ${duration(Math.abs(offset))} ${offset > 0 ? "ahead" : "behind"}`);
  }
  return element("li", {},
    element("p", { className: "name" }, element("span", { textContent: node.name }),
      element("span", { className: `pill ${node.state}`, textContent: node.state })),
    element("p", { className: "facts" }, ...facts));
}

async function loadNodes() {
  const { items: nodes } = await ask(`/api/v1/nodes?limit=${NODES_MAX}`);
  byId("nodes").replaceChildren(...nodes.map(nodeElement));
  byId("no-nodes").hidden = nodes.length > 0;
}

async function watchNodes() {
  await tried(loadNodes);
  setTimeout(watchNodes, NODES_EVERY_MS);
}

// ---- live ----

function say(state, text) {
  byId("connection").className = `pill ${state}`;
  byId("connection").textContent = text;
}

function connect(delay) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/api/v1/alerts/live`);
  let next = delay;
  socket.addEventListener("open", () => {
    say("live", "live");
    next = DELAY_MS_MIN;
    tried(loadNewest); // after the socket is open, so that none is missed in between
  });
  socket.addEventListener("message", (event) => {
    show(JSON.parse(event.data));
    dropOldest();
    settle();
  });
  socket.addEventListener("close", () => {
    say("lost", "connection lost, trying again");
    const wait = next * (0.5 + Math.random() / 2);
    setTimeout(() => connect(Math.min(next * 2, DELAY_MS_MAX)), wait);
  });
}

byId("who").value = localStorage.getItem("who") || "";
byId("who").addEventListener("change", () => localStorage.setItem("who", byId("who").value));
byId("older").addEventListener("click", () => tried(loadOlder));
watchNodes();
connect(DELAY_MS_MIN);
