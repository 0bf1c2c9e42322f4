import { makeStyles } from "@fluentui/react-components";
import { lazy, memo, Suspense, useMemo, useState } from "react";
import { askAgain, stop } from "../session/asking";
import { useAnswer } from "../session/growing";
import { isComing, type Picture, type Turn } from "../session/session";
import { removeTurns } from "../session/studio";
import { ScreeningContext, type Spot, spotOf } from "../video/screening";
import { type Asked, Confirm } from "../widgets/Confirm";
import { AnswerView } from "./AnswerView";
import { LightingContext, type Lit } from "./lighting";
import { tied } from "./phrases";
import { QuestionView } from "./QuestionView";
import { SourcesContext } from "./sources";

const RawJson = lazy(() => import("./RawJson"));
const SourceDialog = lazy(() => import("./SourceDialog"));

const useStyles = makeStyles({
  turn: { marginBottom: "24px", display: "flex", flexDirection: "column", gap: "12px" },
});

interface Props {
  /** The id of the session. */
  session: string;
  turn: Turn;
  /** The pictures that the answer speaks of; they may be of an earlier question. */
  seen: Picture[];
  /** How many turns come after it. */
  later: number;
  raw: boolean;
}

/** A question and its answer. */
export const TurnView = memo(function TurnView({ session, turn, seen, later, raw }: Props) {
  const styles = useStyles();
  const answer = useAnswer(turn);
  const [lit, light] = useState<Lit>(null);
  const [source, open] = useState(0);
  const [asked, setAsked] = useState<Asked | null>(null);
  const grounding = answer?.grounding ?? null;
  const ties = useMemo(() => tied(grounding), [grounding]);
  const lighting = useMemo(() => ({ tied: ties, lit, light }), [ties, lit]);
  const citations = answer?.citations;
  const watched = answer?.videos;
  const [spot, show] = useState<Spot | null>(null);
  const screening = useMemo(
    () => ({ spot, show: (to: Spot) => show({ ...to }), about: open }),
    [spot],
  );
  const sources = useMemo(() => {
    /** A frame that a player of this turn can show is shown there. */
    const follow = (number: number) => {
      const place = spotOf(watched, citations?.[number - 1]);
      if (place) show(place);
      else open(number);
    };
    return { citations: citations ?? [], open: follow };
  }, [citations, watched]);

  function regenerate() {
    const act = () => askAgain(session, turn.id);
    if (!later) act();
    else {
      const text = `${turns(later)} after it will be deleted: what was said there rests on this answer.`;
      setAsked({ title: "Answer this question again?", text, action: "Answer again", act });
    }
  }
  function remove() {
    setAsked({
      title: "Delete this turn?",
      text: "The question, its pictures and videos, and the answer are deleted.",
      action: "Delete",
      act: () => {
        if (isComing(turn.answer)) stop(session);
        removeTurns(session, [turn.id]);
      },
    });
  }

  return (
    <LightingContext value={lighting}>
      <SourcesContext value={sources}>
        <ScreeningContext value={screening}>
          <article className={styles.turn} aria-busy={isComing(answer)}>
            <QuestionView
              session={session}
              turn={turn}
              later={later}
              watched={watched}
              remove={remove}
            />
            {answer && (
              <AnswerView
                answer={answer}
                session={session}
                earlier={turn.question.pictures.length ? [] : seen}
                staged={(turn.question.videos ?? []).length > 0}
                regenerate={regenerate}
              />
            )}
            {raw && turn.answer && (
              <Suspense>
                <RawJson answer={turn.answer} />
              </Suspense>
            )}
          </article>
        </ScreeningContext>
        <Confirm asked={asked} close={() => setAsked(null)} />
        {source > 0 && (
          <Suspense>
            <SourceDialog session={session} number={source} seen={seen} close={() => open(0)} />
          </Suspense>
        )}
      </SourcesContext>
    </LightingContext>
  );
});

function turns(count: number): string {
  return count === 1 ? "The turn" : `The ${count} turns`;
}
