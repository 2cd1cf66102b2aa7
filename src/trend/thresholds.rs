//! Every threshold of the program, with its reason. None was set by a single log: they are either the size of an error that
//! we accept, or stand in the middle of a wide range over which simulated logs of known truth give the same answers.

/// Fewer tables than this tell no shape from another: a line, a bend and noise need a point each to be told apart, twice.
pub(super) const LEAST_TABLES: usize = 6;

/// A leak needs so many tables after it began: with fewer a step and a slope are the same.
pub(super) const LEAST_TABLES_AFTER_ONSET: usize = 5;

/// A rate of late takes so many tables, lies so many standard errors from that of all growth, and is so many times as fast or as slow.
pub(super) const LEAST_TABLES_OF_LATE: usize = 12;
pub(super) const LATE_Z: f64 = 3.0;
pub(super) const LATE_RATIO: f64 = 1.3;

/// Shapes are fitted to at most so many points; longer series give way to medians of blocks. Enough to place a bend
/// within half a percent of the log, and few enough to fit hundreds of types in a second.
pub(super) const SHAPE_POINTS: usize = 200;

/// Chance of calling noise without memory a slope, for one type and one shape. A log has some fifty types and each is tried
/// with a few bends, so one noisy log in a few hundred; leaks that matter stand out by twice as much.
pub(super) const P_WHITE: f64 = 1e-5;

/// The same where neighbouring counts resemble each other, or there are few of them: the error of the slope is itself
/// estimated then, and too small as often as not.
pub(super) const P_CORRELATED: f64 = 1e-5;

/// Below so many standard errors a slope is not worth a thought, even where other tests could make it one.
pub(super) const LEAST_Z: f64 = 3.0;

/// Residuals below this autocorrelation count as noise without memory.
pub(super) const WHITE: f64 = 0.35;

/// Residuals above this autocorrelation (bias taken back) may be a walk's: growth must beat the walk's own spread then, not
/// only a line's. A walk of a hundred points to which a bent line was fitted shows as little as this; longer ones show more.
pub(super) const WALK: f64 = 0.5;

/// So far below 1, times the points, a walk's residuals about a line or a bent line show their memory less than once in a
/// hundred times: Dickey and Fuller (1979) have 29.5 for the line; a bend that was looked for takes more.
pub(super) const UNIT_ROOT: f64 = 50.0;

/// Growth that slows down by fewer standard deviations than this of what a walk strays may go on.
pub(super) const SLOWER_Z: f64 = 2.0;

/// How far growth must stand out from where walks without drift end, in standard deviations; chosen for one in a thousand,
/// with room for the choice of where it began.
pub(super) const WALK_Z: f64 = 3.0;

/// The same where no line's error supports it.
pub(super) const SURE_WALK_Z: f64 = 4.0;

/// So many rises make a leak at the least; fewer are jumps, of which nobody knows whether another will come.
pub(super) const LEAST_RISES: usize = 5;

/// Of fewer rises than this each is an event of its own, and their places tell whether they become rarer; by so many standard
/// deviations.
pub(super) const FEW_RISES: usize = 20;
/// See [`FEW_RISES`].
pub(super) const FADES_Z: f64 = 2.0;

/// Growth below so many objects is not reported: start-up and chance make as much in any program.
pub(super) const LEAST_GROWTH: f64 = 3.0;

/// Growth below this share of the noise's standard deviation has no meaning for anyone, however sure it is.
pub(super) const LEAST_GROWTH_IN_NOISE: f64 = 0.5;

/// A rise that comes to more than half in one table is a step (or a spike), not a slope.
pub(super) const ONE_JUMP: f64 = 0.5;

/// Where the last part of the growth is less steep than a quarter of the whole, growth has ended.
pub(super) const LATE_SHARE: f64 = 0.25;

/// The part of the time after onset that counts as the last one.
pub(super) const LATE_PART: f64 = 0.4;

/// A tail without a new high that chance leaves with less than this probability is flat.
pub(super) const P_FLAT_TAIL: f64 = 0.003;

/// A smaller part of the log at its end without a new high is no pause.
pub(super) const LEAST_TAIL: f64 = 0.08;

/// A pause at the end of a log that is hardly longer than one before, after which growth went on, is no end of it.
pub(super) const PAUSE: f64 = 0.8;

/// A fall back of more than half of the growth is a cycle, unless its troughs rise too.
pub(super) const FALLS_BACK: f64 = 0.5;

/// A cycle's autocorrelation peaks above this.
pub(super) const CYCLE: f64 = 0.45;

/// Growth by the same phase of the cycle must come in so large a share of the places.
pub(super) const EVERY_CYCLE: f64 = 0.93;

/// Movement below so many objects is called stable.
pub(super) const STILL: f64 = 3.0;

/// Lives from which a common rise is pooled have at least so many tables, and there are at least so many of them.
pub(super) const LEAST_TABLES_IN_LIFE: usize = 3;
/// See [`LEAST_TABLES_IN_LIFE`].
pub(super) const LEAST_LIVES: usize = 4;

/// How far the common rise of many short lives must stand out, in standard deviations: counts at a life's start always
/// rise a little, so more is asked than of one long life.
pub(super) const POOLED_Z: f64 = 6.0;

/// Two types grow in lockstep where their increments, over some stretch of time, correlate so well. Independent
/// arrivals give 0 within 2/√n; two that share a load but not a cause stay well below.
pub(super) const LOCKSTEP: f64 = 0.6;

/// Rates of two types that always come together differ by less than this, as a share.
pub(super) const SAME_RATE: f64 = 0.06;

/// Two candidates for a root whose marks differ by less are a tie.
pub(super) const TIE: f64 = 0.3;

/// Roots are looked for in the longest lives; so many hold all that can be learnt.
pub(super) const MOST_LANES_FOR_ROOTS: usize = 12;

/// Points per life that are looked at for roots: every pair of leaks is compared.
pub(super) const MOST_POINTS_FOR_ROOTS: usize = 1_000;

/// Places of one life in time when calls that printed nothing are put back; a log with longer silences keeps its tables only.
pub(super) const MOST_PLACES: f64 = 20_000.0;

/// How far the number of new highs must stand out from chance where the log prints nothing else.
pub(super) const RECORDS_Z: f64 = 3.0;

/// What is left of one series after another was taken out has this much memory when the two drift apart: independent sums
/// of arrivals leave 1 less a few over the number of tables, so 0.9 at forty.
pub(super) const DRIFTS_APART: f64 = 0.6;

/// A step of counts without noise is told from this share of the count on: what an import of a small module brings.
pub(super) const STILL_SHARE: f64 = 0.005;

/// A rise is one step when so much of it comes in one table.
pub(super) const MOST_IN_ONE: f64 = 0.8;

/// Growth has come to its end when so much of the log, and five tables, lie behind it; before that it may go on.
pub(super) const SETTLED: f64 = 0.2;

/// Longer lives are thinned to so many blocks before they are judged.
pub(super) const MOST_POINTS: usize = 2_000;

/// A new high in so small a last part of the log, and growth has not ended for sure.
pub(super) const STILL_RISING: f64 = 0.04;

/// A few last tables on a level end a growth only if what they lack is so many standard deviations of what comes in.
pub(super) const SURELY_MISSING: f64 = 4.0;

/// So many ways to split a companion's growth between roots are tried at most.
pub(super) const MOST_TRIES: usize = 4_000;

/// From so many tables on, the memory of what a shape leaves can be told from the loss that fitting it brings.
pub(super) const ENOUGH_FOR_MEMORY: usize = 60;

/// Steps of noise without memory correlate by -1/2 with the next, those of a walk by 0; this is the middle.
pub(super) const TAKEN_BACK: f64 = -0.25;

/// So many other types of one module of Python's make a plain noun one of them: a single one may be chance.
pub(super) const KIN: usize = 2;

/// Lives of fewer tables than this are pooled even where each seems to tell something: a slow leak in one of them looks level.
pub(super) const SHORT_LIFE: f64 = 20.0;

/// Where the largest steps of many lives make up more than this of all that they grew, each had a start-up, none a slope.
pub(super) const MOST_IN_JUMPS: f64 = 0.6;
