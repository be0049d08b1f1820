import { createContext } from 'svelte';
import type { Chat } from '../state/chat.svelte';

/** The page's one `Chat`, for every component below the shell. */
export const [useChat, provideChat] = createContext<Chat>();
