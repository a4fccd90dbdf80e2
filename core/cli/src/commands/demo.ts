import { ConfigInvalid } from '@dayfold/runtime';

/** The demo stands in the checkout, beside the stand-in for Exist and the simulated home; a published package lacks it. */
const DEMO: string = '@dayfold/demo';

export async function demo(): Promise<void> {
  let module: { readonly demo: () => Promise<void> };
  try {
    module = (await import(DEMO)) as { readonly demo: () => Promise<void> };
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new ConfigInvalid('the demo runs in a checkout of dayfold: clone it and run "npm start" there', {
      cause: error,
    });
  }
  await module.demo();
}
