import { createMemoryStore } from '../../../core/runtime/src/store/memory-store.ts';
import { storeContract } from '../src/index.ts';

storeContract('the store in memory', async () => createMemoryStore());
