// The duty board under the pointer and the arrow keys: says in words what a cell shows, and opens that school's day.
// Without this module every school's name is still a link and every district has a table.

const readout = document.getElementById("readout");
const words = readout && JSON.parse(readout.dataset.words);

if (readout) for (const map of document.querySelectorAll(".map")) enliven(map);

function enliven(map) {
  const days = map.dataset.days.split(",");
  const rows = map.dataset.cells.split(".");
  const schools = [...map.querySelectorAll(".rows .name")];
  const cells = map.querySelector(".cells");
  const drawing = cells.querySelector("svg");
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  let at = null;

  cursor.setAttribute("class", "cursor");
  cursor.setAttribute("width", "10");
  cursor.setAttribute("height", "10");
  map.classList.add("live");
  map.tabIndex = 0;
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", readout.dataset.hint);

  function show(x, y) {
    at = { x: clamp(x, days.length), y: clamp(y, schools.length) };
    cursor.setAttribute("x", at.x * 10);
    cursor.setAttribute("y", at.y * 10);
    drawing.append(cursor);
    const letter = rows[at.y][at.x];
    const flagged = letter !== letter.toLowerCase() ? " · " + words.flagged : "";
    readout.textContent = `${schools[at.y].textContent} · ${days[at.x]} · ${words[letter.toLowerCase()]}${flagged}`;
    readout.hidden = false;
  }

  function hide() {
    cursor.remove();
    readout.hidden = true;
    at = null;
  }

  function open() {
    if (at) location.assign(`${schools[at.y].getAttribute("href")}#${days[at.x]}`);
  }

  function under(event) {
    const box = cells.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * days.length, ((event.clientY - box.top) / box.height) * schools.length];
  }

  cells.addEventListener("pointermove", (event) => show(...under(event)));
  cells.addEventListener("pointerleave", hide);
  cells.addEventListener("click", (event) => {
    show(...under(event));
    open();
  });
  map.addEventListener("blur", hide);
  map.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.target !== map) return;
    if (step) {
      event.preventDefault();
      if (at) show(at.x + step[0], at.y + step[1]);
      else show(0, 0);
    } else if (event.key === "Enter") open();
    else if (event.key === "Escape") hide();
  });
}

function clamp(value, length) {
  return Math.min(length - 1, Math.max(0, Math.floor(value)));
}
