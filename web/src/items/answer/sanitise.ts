/**
 * The one door through which text becomes HTML. Everything that a model or a program wrote passes it.
 *
 * Raw HTML in Markdown is already written out as text by the renderer; this stands behind it, so
 * that a mistake there is not a hole.
 */
import createPurifier from 'dompurify';

const TAGS = (
  'a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i img input kbd li ol p pre s strong sub sup ' +
  'table tbody td th thead tr ul'
).split(' ');
const ATTRIBUTES = ['href', 'title', 'alt', 'src', 'align', 'start', 'type', 'checked', 'disabled'];
const LINK = /^(?:https?:|mailto:|#|\/(?!\/))/i;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;

// An instance of our own: its hooks do not reach anybody else's.
const purifier = createPurifier(window);

function tameLink(link: Element): void {
  const href = link.getAttribute('href') ?? '';
  if (!LINK.test(href)) {
    // Without its address it would still look like a link.
    link.replaceWith(...link.childNodes);
    return;
  }
  link.setAttribute('rel', 'noopener noreferrer');
  if (/^https?:/i.test(href)) link.setAttribute('target', '_blank');
}

/** A picture from elsewhere tells its server who reads this and when: it becomes a link. */
function tamePicture(picture: Element): void {
  const src = picture.getAttribute('src') ?? '';
  if (PICTURE.test(src) || /^\/(?!\/)/.test(src)) return;
  const words = picture.getAttribute('alt') || 'picture';
  const link = picture.ownerDocument.createElement(LINK.test(src) ? 'a' : 'span');
  link.textContent = `${words} (not loaded)`;
  if (LINK.test(src)) {
    link.setAttribute('href', src);
    tameLink(link);
  }
  picture.replaceWith(link);
}

purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName === 'A') tameLink(node);
  if (node.nodeName === 'IMG') tamePicture(node);
  // Only the tick boxes of a task list may stand here, and nobody can tick them.
  if (node.nodeName === 'INPUT') {
    if (node.getAttribute('type') === 'checkbox') {
      node.setAttribute('disabled', '');
      node.setAttribute('aria-label', node.hasAttribute('checked') ? 'done' : 'to do');
    } else node.remove();
  }
});

export function sanitise(html: string): string {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ADD_URI_SAFE_ATTR: [],
  });
}
