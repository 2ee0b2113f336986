import { test as base, expect } from "@playwright/test";
import { PlanishPage } from "./page.ts";

/**
 * Every test gets the page, and none may end with an error in its console, a breach of its policy, or a request
 * that left its origin.
 */
export const test = base.extend<{ planish: PlanishPage; requests: string[] }>({
  requests: async ({ page }, use) => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await use(requests);
  },
  planish: async ({ page, requests }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(new PlanishPage(page));
    expect(errors, "errors in the console").toEqual([]);
    const foreign = requests.filter((url) => !/^(blob:|data:)?http:\/\/localhost:\d+\//.test(url));
    expect(foreign, "requests to other hosts").toEqual([]);
  },
});

export { expect };
