// What all parts of the browser player use: where the addresses begin, async functions, time limits.
// In ES2015, as player.js, which says how the parts become one script.

// Where the server's addresses begin: "/", or the path under which a proxy serves it.
export const PLAYS = document.body.hasAttribute("data-player"); // the page /screen/<id>
export const SCREEN_PATH = PLAYS && /^(.*\/)screen\/([^/]*?)(?:\.html)?$/.exec(location.pathname);
export const ROOT = SCREEN_PATH ? SCREEN_PATH[1] : location.pathname.replace(/[^/]*$/, "");

// A generator as an async function: `yield` waits for a promise.
export function coroutine(steps) {
  return function () {
    const running = steps.apply(this, arguments);
    return new Promise((resolve, reject) => {
      function go(method, value) {
        let step = null;
        try {
          step = running[method](value);
        } catch (problem) {
          reject(problem);
          return;
        }
        if (step.done) resolve(step.value);
        else Promise.resolve(step.value).then((found) => go("next", found), (problem) => go("throw", problem));
      }
      go("next");
    });
  };
}

// All generators of a class become coroutines.
export function coroutines(type) {
  const generator = Object.getPrototypeOf(function* () {});
  Object.getOwnPropertyNames(type.prototype).forEach((name) => {
    const method = type.prototype[name];
    if (Object.getPrototypeOf(method) === generator) type.prototype[name] = coroutine(method);
  });
}

// `work`, or a failure when it takes longer than `ms`. `late` is called then.
export function within(ms, work, late) {
  let timer = 0;
  const tooLate = new Promise((resolve, reject) => {
    timer = setTimeout(() => {
      late();
      reject(new Error("took too long"));
    }, ms);
  });
  const done = () => clearTimeout(timer);
  work.then(done, done);
  return Promise.race([work, tooLate]);
}
