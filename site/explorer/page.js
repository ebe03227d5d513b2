// Puts text onto the page, changing only what is different, so that frames slide and the keyboard's focus stays.
//
// Read controls.js next.
"use strict";

/** Whether a person is typing into this field: what is typed is not overwritten. */
const isTyped = (node) => node === document.activeElement && ["text", "number"].includes(node.type);

const patchAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.tagName === "SELECT" || (old.tagName === "INPUT" && !isTyped(old))) old.value = fresh.value;
};

/** Make the node `old` equal to `fresh`, keeping every node that both have at the same place. */
const patch = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
  } else if (old.nodeType === Node.TEXT_NODE) {
    old.data = fresh.data;
  } else {
    patchAttributes(old, fresh);
    patchChildren(old, fresh);
  }
};

const patchChildren = (old, fresh) => {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  before.slice(after.length).forEach((node) => node.remove());
  after.forEach((node, i) => (before[i] ? patch(before[i], node) : old.append(node)));
};

/** Let `element` contain what the text of HTML says. */
const fill = (element, html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  patchChildren(element, template.content);
};
