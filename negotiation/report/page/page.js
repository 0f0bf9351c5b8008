// On paper short tables of numbers stand open; those of hundreds of rows, and lists, stay folded.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not(.folded)")) {
    if (each.querySelectorAll("tr").length < 40) each.open = true;
  }
});
