import { configure } from '@testing-library/svelte';

// A part that comes late comes later still on a machine that is busy with other things.
configure({ asyncUtilTimeout: 15_000 });
