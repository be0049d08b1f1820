import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { Chat } from './state/chat.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

// The page may stand below a prefix of a proxy: its own place is the server's.
const base = new URL('.', document.baseURI).href;

mount(App, { target, props: { chat: new Chat(base) } });
