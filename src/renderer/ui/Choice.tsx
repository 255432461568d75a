import { Check, ChevronDown } from 'lucide-react';
import { Select } from 'radix-ui';
import { useId } from 'react';

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChoose(value: string): void;
  testId?: string;
}

/** Radix knows no empty value, and ours means "the system's choice". */
const EMPTY = '(system)';

/** One of several, with its label. */
export function Choice({ label, value, options, onChoose, testId }: ChoiceProps) {
  const id = useId();
  return (
    <div className="min-w-0">
      <span id={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </span>
      <Select.Root
        value={value || EMPTY}
        onValueChange={(chosen) => onChoose(chosen === EMPTY ? '' : chosen)}
      >
        <Select.Trigger
          aria-labelledby={id}
          data-testid={testId}
          className="flex h-11 w-full items-center justify-between gap-2 rounded-xl border border-line bg-raised px-3.5 text-left hover:border-line-strong"
        >
          <span className="truncate">
            <Select.Value />
          </span>
          <Select.Icon>
            <ChevronDown size={16} className="text-ink-faint" />
          </Select.Icon>
        </Select.Trigger>
        <Select.Portal>
          <Select.Content
            position="popper"
            sideOffset={4}
            className="z-50 max-h-72 w-(--radix-select-trigger-width) animate-fade overflow-hidden rounded-xl border border-line bg-raised p-1 shadow-float"
          >
            <Select.Viewport>
              {options.map((option) => (
                <Select.Item
                  key={option.value}
                  value={option.value || EMPTY}
                  className="flex items-center justify-between gap-2 rounded-lg px-3 py-2 outline-none data-highlighted:bg-hover"
                >
                  <Select.ItemText>{option.label}</Select.ItemText>
                  <Select.ItemIndicator>
                    <Check size={16} className="text-accent-ink" />
                  </Select.ItemIndicator>
                </Select.Item>
              ))}
            </Select.Viewport>
          </Select.Content>
        </Select.Portal>
      </Select.Root>
    </div>
  );
}
