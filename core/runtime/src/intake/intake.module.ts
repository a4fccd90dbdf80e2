import { ContainerModule } from 'inversify';
import { Calendar } from '../day/calendar.ts';
import { Clock } from '../day/clock.ts';
import { singleton } from '../kernel/token.ts';
import { AttributeDays } from '../store/attribute-days.ts';
import { Journal } from '../store/journal.ts';
import { KeyValues, Problems } from '../store/problems.ts';
import { AttributeIndex } from './attribute-index.ts';
import { DayFolding } from './day-folding.ts';
import { Intake, IntakeOptions } from './intake.ts';
import { JournalKeeper } from './journal-keeper.ts';

/** The room's bindings; whoever brings the rooms together fills the index and binds `IntakeOptions`. */
export const intakeModule = new ContainerModule(({ bind }) => {
  singleton(bind, AttributeIndex, []);
  singleton(bind, DayFolding, [Journal, AttributeDays, AttributeIndex, Calendar, Clock, Problems]);
  singleton(bind, JournalKeeper, [Journal, KeyValues, Problems, AttributeIndex, DayFolding, Calendar, Clock]);
  singleton(bind, Intake, [Journal, Clock, Calendar, AttributeIndex, IntakeOptions]);
});
