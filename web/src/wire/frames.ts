/** Run `flush` with the next picture; or soon, when nobody sees the page and no picture comes. */
export function nextFrame(flush: () => void): void {
  if (typeof requestAnimationFrame !== 'function' || document.visibilityState === 'hidden') {
    setTimeout(flush, 0);
    return;
  }
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    flush();
  };
  // A page that is hidden between the request and the picture would wait until it is seen again.
  const timer = setTimeout(once, 250);
  requestAnimationFrame(once);
}
