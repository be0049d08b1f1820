import { mount } from 'svelte';
import '../../styles/tokens.css';
import '../../styles/base.css';
import Gallery from './Gallery.svelte';

const place = document.getElementById('gallery');
if (place) {
  // The app's body does not scroll; this page is one long sheet.
  document.body.style.overflow = 'auto';
  mount(Gallery, { target: place });
}
