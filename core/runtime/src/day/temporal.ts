/** The one place that names the polyfill; Node 26 brings Temporal itself. */
export { Temporal } from 'temporal-polyfill';
