import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { Choice } from "../ui/Choice";
import { SearchIcon } from "../ui/icons";
import { FORMAT_ORDER, LIST } from "../ui/text";
import { FORMAT_NAMES } from "../ui/words";
import { SORTS, STATES, type StateFilter } from "./arrange";
import styles from "./ListTools.module.css";
import { SelectionBar } from "./SelectionBar";

const SORT_OPTIONS = SORTS.map((value) => ({ value, label: LIST.sorts[value] }));

const FORMAT_OPTIONS = [
  { value: "any" as const, label: LIST.anyFormat },
  ...FORMAT_ORDER.map((value) => ({ value, label: FORMAT_NAMES[value] })),
];

/** Order, filters and search; the actions on a selection take their place as long as there is one. */
export function ListTools({ page }: { page: PageParts }) {
  const { view, queue } = page;
  const query = useStore(view, (state) => state.query);
  const shown = useStore(view, ({ ids }) => ids.length);
  const selected = useStore(view, ({ selection }) => selection.selected.size);
  const totals = useStore(queue.store, (state) => state.totals);
  const counts: Record<StateFilter, number> = {
    all: totals.count,
    done: totals.done,
    active: totals.active,
    failed: totals.failed,
    cancelled: totals.cancelled,
  };
  if (selected > 0) return <SelectionBar page={page} />;
  return (
    <search className={styles.tools}>
      <label className={styles.find}>
        <span className="visually-hidden">{LIST.find}</span>
        <SearchIcon />
        <input
          type="search"
          placeholder={LIST.findPlaceholder}
          value={query.text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => view.ask({ text: event.currentTarget.value })}
        />
      </label>
      <Choice
        label={LIST.show}
        hideLabel
        value={query.state}
        options={STATES.filter((state) => state === "all" || state === query.state || counts[state] > 0).map(
          (value) => ({ value, label: `${LIST.states[value]} (${counts[value]})` }),
        )}
        onChange={(state) => view.ask({ state })}
      />
      <Choice
        label={LIST.format}
        hideLabel
        value={query.format}
        options={FORMAT_OPTIONS}
        onChange={(format) => view.ask({ format })}
      />
      <Choice
        label={LIST.sortBy}
        hideLabel
        value={query.sort}
        options={SORT_OPTIONS}
        onChange={(sort) => view.ask({ sort })}
      />
      <p className={styles.shown} role="status">
        {LIST.shown(shown, totals.count)}
      </p>
    </search>
  );
}
