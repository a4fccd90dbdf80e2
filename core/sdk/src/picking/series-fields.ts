import { z } from 'zod';
import { expression } from './expression.ts';

/** The options by which a series picks its readings from a message, item or row; spread into the plugin's own object. */
export const seriesFields = fieldsOf(expression);

/** The same where records have named columns: a name that is no expression (`Number of Pages`) is welcome. */
export const namedFields = fieldsOf(() => z.string().min(1));

function fieldsOf(field: () => z.ZodString) {
  return {
    value: field()
      .optional()
      .meta({ title: 'Value', description: 'Where the value stands; default: the record itself' }),
    time: field()
      .optional()
      .meta({ title: 'Time', description: 'Where the time stands: ISO 8601 or seconds, ms, µs, ns since 1970' }),
    time_format: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Format of the times',
        description: 'For other notations, e.g. DD.MM.YYYY HH:mm',
        examples: ['DD.MM.YYYY HH:mm'],
      }),
    start: field().optional().meta({ title: 'Start', description: 'Where the start of a span stands' }),
    end: field().optional().meta({ title: 'End', description: 'Where the end of a span stands' }),
    date: field()
      .optional()
      .meta({ title: 'Date', description: 'Where the calendar date stands: YYYY-MM-DD or YYYY/MM/DD' }),
    date_format: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Format of the date',
        description: 'For other notations, e.g. MM/DD/YYYY',
        examples: ['MM/DD/YYYY'],
      }),
    id: field()
      .optional()
      .meta({ title: 'Id', description: 'What names the observation for good: the same id replaces' }),
    unit: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Unit', description: 'Unit of the value, or the field that states it' }),
  };
}
