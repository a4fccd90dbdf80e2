export { compileExpression, expression, MEETS_LIST } from './expression.ts';
export type { CompiledExpression } from './expression.ts';
export { itemsOf } from './items.ts';
export { localDateOf } from './local-date.ts';
export { strictNumber } from './numbers.ts';
export { createPicker, isMisfit } from './picker.ts';
export type { Misfit, Picker, PickerExtras, PickerOptions } from './picker.ts';
export { namedFields, seriesFields } from './series-fields.ts';
export { timeOf } from './times.ts';
