// Says of a table that it is wider than its place: it scrolls, and the keyboard reaches it.

/** Marks every table that is cut, now and when its place changes. */
export function startTables(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) target.classList.toggle('cut', target.scrollWidth > target.clientWidth + 1);
  });
  for (const place of document.querySelectorAll('.scroll')) observer.observe(place);
}
