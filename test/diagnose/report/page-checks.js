// What is checked of a page from within it: runs in the browser, as one function that stands alone.

/**
 * What a person or a screen reader would stumble over, in words; empty if there is nothing.
 *
 * @returns {string[]}
 */
export function problemsOfPage() {
  /** @type {string[]} */
  const problems = [];
  const all = (/** @type {string} */ selector) => [...document.querySelectorAll(selector)];

  const ids = all("[id]").map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push("an id occurs twice");
  for (const link of all("a")) {
    const target = link.getAttribute("href") ?? "";
    if (!target.startsWith("#") || !document.getElementById(target.slice(1))) {
      problems.push(`a link leads nowhere: ${target}`);
    }
  }
  let level = 0;
  for (const { tagName } of all("h1, h2, h3, h4")) {
    const next = Number(tagName.slice(1));
    if (next > level + 1) problems.push(`a heading of level ${next} follows one of ${level}`);
    level = next;
  }
  if (all("h1").length !== 1) problems.push("there isn't exactly one first heading");
  for (const table of all("table")) {
    if (!table.querySelector("caption")?.textContent) problems.push("a table has no caption");
    if (table.querySelector("th:not([scope])")) problems.push("a heading of a table has no scope");
  }
  for (const chart of all("svg")) {
    const named = chart.getAttribute("role") === "img" && chart.getAttribute("aria-label");
    if (!named && chart.getAttribute("aria-hidden") !== "true")
      problems.push("a chart has no name");
  }
  for (const figure of all("figure")) {
    if (!figure.querySelector("figcaption")?.textContent) problems.push("a figure has no caption");
  }
  if (!document.documentElement.lang) problems.push("the page has no language");
  if (document.documentElement.scrollWidth > window.innerWidth) {
    problems.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} px`);
  }
  problems.push(...contrasts(), ...overlaps());
  return [...new Set(problems)];

  /** Text with less contrast than 4.5 (WCAG 2, AA). */
  function contrasts() {
    const found = [];
    for (const element of all("body *")) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent?.trim());
      if (!own || element.closest("style, .skip")) continue;
      const style = getComputedStyle(element);
      const text = rgb(element instanceof SVGElement ? style.fill : style.color);
      const ratio = contrast(text, groundOf(element));
      if (ratio < 4.5)
        found.push(`contrast ${ratio.toFixed(1)}: ${element.textContent?.slice(0, 40)}`);
    }
    return found;
  }

  /** Labels of a chart that cover each other or are cut off. */
  function overlaps() {
    const found = [];
    for (const chart of all("svg.chart")) {
      const frame = chart.getBoundingClientRect();
      const boxes = [...chart.querySelectorAll("text")]
        .filter(({ textContent }) => textContent)
        .map((label) => ({ name: label.textContent, box: label.getBoundingClientRect() }));
      for (const [i, { name, box }] of boxes.entries()) {
        if (box.left < frame.left - 1 || box.right > frame.right + 1)
          found.push(`cut off: ${name}`);
        for (const other of boxes.slice(i + 1)) {
          const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          if (across > 1 && down > 3) found.push(`${name} covers ${other.name}`);
        }
      }
    }
    return found;
  }

  /** @param {string} colour */
  function rgb(colour) {
    return (colour.match(/[\d.]+/g) ?? []).map(Number);
  }

  /** @param {Element} element @returns {number[]} */
  function groundOf(element) {
    const colour = rgb(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
    return element.parentElement ? groundOf(element.parentElement) : [255, 255, 255];
  }

  /** @param {number[]} a @param {number[]} b */
  function contrast(a, b) {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }

  /** @param {number[]} colour */
  function luminance(colour) {
    const [r = 0, g = 0, b = 0] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
}

/** How the page looks: its ground and text, and whether its contents are shown. */
export function looksOfPage() {
  const { backgroundColor: ground, color: text } = getComputedStyle(document.body);
  const contents = getComputedStyle(document.querySelector("nav") ?? document.body).display;
  return { ground, text, contents };
}

/** Whether a script of the data has run. */
export function isOwned() {
  return "owned" in window;
}

/** Classes of what scrolls sideways and can't be reached with the keyboard. */
export function unreachable() {
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX))
    .filter((element) => !element.hasAttribute("tabindex"))
    .map(({ className }) => className);
}
