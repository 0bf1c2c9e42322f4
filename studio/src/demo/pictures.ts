/** Pictures to try with; `LICENCES.md` says whose they are. */

import cat from "./cat.jpg";
import espresso from "./espresso.jpg";
import rocket from "./rocket.jpg";
import stars from "./stars.jpg";

export const DEMO_INDEX = "demo";

export const PICTURES = [
  { name: "cat.jpg", url: cat, description: "Chelsea, a tabby cat with green eyes" },
  {
    name: "espresso.jpg",
    url: espresso,
    description: "An espresso in a red cup on a wooden table, with a small spoon",
  },
  {
    name: "rocket.jpg",
    url: rocket,
    description: "A Falcon 9 rocket at Cape Canaveral in the evening, just before its launch",
  },
  {
    name: "stars.jpg",
    url: stars,
    description: "Galaxies far away, taken by the Hubble space telescope",
  },
];

export const QUESTIONS = [
  "Which cat has green eyes?",
  "What is in the red cup?",
  "Where does the rocket start?",
];
