/** What the wall clock of a zone shows, from the tables of the platform alone. */
export function wallClock(zone: string, instant: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    .format(instant)
    .replace(' ', 'T');
}

/** Minutes since the wall clock's 00:00. */
export function minutesOfDay(zone: string, instant: number): number {
  const [hours, minutes] = wallClock(zone, instant).slice(11).split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** A zone in which no midnight comes while a test runs in real time. */
export function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
