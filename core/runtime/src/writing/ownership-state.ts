/** Reason of a ledger entry that the person asked to take back: it is acquired by its name with the next sync. */
export const TAKE_BACK = 'take back';
