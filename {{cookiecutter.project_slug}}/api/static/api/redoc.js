// ReDoc requests a logo from another host, and has no option against it: do not set its URL.
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (!String(value).startsWith("https://cdn.redoc.ly/")) {
    Element.prototype.setAttribute.call(this, name, value);
  }
};
Object.defineProperty(HTMLImageElement.prototype, "src", {
  get() {
    return this.getAttribute("src");
  },
  set(value) {
    this.setAttribute("src", value);
  },
});
