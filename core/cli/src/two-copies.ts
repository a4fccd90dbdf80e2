/** What a restored copy and its original do to each other. */
export const TWO_COPIES =
  'if the dayfold that this backup came from still runs, stop one of the two: they share one Exist client and the MQTT client ids, and would take each other’s login, values and messages';
