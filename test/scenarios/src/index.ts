export { DaemonDriver } from './daemon-driver.ts';
