// A password is typed. What a scanner left in its field - a command code, the badge with the name - is never sent:
// it would count as a wrong password. It is taken out and answered in words.

const COMMAND = "XJCMD-";

function scanned(field) {
  const named = field.form?.querySelector("[name='username']")?.value ?? document.body.dataset.person;
  return field.value.includes(COMMAND) || (field.value !== "" && field.value === named);
}

function answer(field) {
  const box = field.closest(".field");
  const said = box.querySelector(".error") ?? box.appendChild(document.createElement("p"));
  said.className = "error";
  said.id = `${field.id}-error`;
  said.setAttribute("role", "alert");
  said.textContent = field.dataset.typed;
  field.value = "";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", said.id);
  field.focus();
}

// Whether something scanned stands where a password goes; it is told.
function stopped(place) {
  const found = [...(place?.querySelectorAll("input[type='password'][data-typed]") ?? [])].filter(scanned);
  found.forEach(answer);
  return found.length > 0;
}

document.addEventListener(
  "submit",
  (event) => {
    if (!stopped(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.detail.elt;
  if (button.matches("button[type='submit']") && stopped(button.closest("dialog") ?? button.form)) event.preventDefault();
});
