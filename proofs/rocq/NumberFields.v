(** Arithmetic in a real number field: numbers as polynomials in the root alpha, reduced modulo its
    polynomial, over one denominator; signs by enclosing alpha between rational numbers.

    Nothing rests on the polynomial being irreducible: a number is zero if all its coefficients are,
    and the sign of any other number is that of an enclosure, or not decided. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Claims Integers Curves FieldClaims Arithmetic RootExistence.
Import ListNotations.

(** ** Polynomials over an interval [lo/unit, hi/unit] *)
Local Open Scope Z_scope.
Definition product_bounds (a b c d : Z) : Z * Z :=
  (Z.min (Z.min (a * c) (a * d)) (Z.min (b * c) (b * d)),
   Z.max (Z.max (a * c) (a * d)) (Z.max (b * c) (b * d))).
Record interval := Interval { lower : Z; upper : Z; scale_of : positive }.
(** Bounds of the polynomial, and of its chords, over a denominator. *)
Record bounds := Bounds { value_low : Z; value_high : Z; chord_low : Z; chord_high : Z; bound_scale : positive }.
Fixpoint enclose (I : interval) (f : row) : bounds :=
  match f with
  | [] => Bounds 0 0 0 0 1
  | c :: f' =>
      let r := enclose I f' in
      let v := product_bounds (lower I) (upper I) (value_low r) (value_high r) in
      let s := product_bounds (lower I) (upper I) (chord_low r) (chord_high r) in
      let u := Zpos (scale_of I) in
      Bounds (c * Zpos (bound_scale r) * u + fst v) (c * Zpos (bound_scale r) * u + snd v)
             (u * value_low r + fst s) (u * value_high r + snd s) (bound_scale r * scale_of I)
  end.
Definition in_interval (I : interval) (t : R) : Prop :=
  (IZR (lower I) <= IZR (Zpos (scale_of I)) * t <= IZR (upper I))%R.
(** A positive multiple of the value at c/u. *)
Fixpoint value_over (c : Z) (u : positive) (f : row) : Z * positive :=
  match f with
  | [] => (0, 1%positive)
  | a :: f' => let (v, s) := value_over c u f' in (a * Zpos (s * u) + c * v, (s * u)%positive)
  end.
Definition at_end (c : Z) (u : positive) (f : row) : Z := fst (value_over c u f).

(** How many roots there are in an interval: none, at most one, or it is not known. *)
Inductive count := NoRoot | AtMostOne | Unknown.
Definition apart (a b : Z) : bool := (0 <? a) || (b <? 0).
Fixpoint count_roots (fuel : nat) (I : interval) (f : row) : count :=
  let r := enclose I f in
  if apart (value_low r) (value_high r) then NoRoot
  else if apart (chord_low r) (chord_high r) then
    (if 0 <? at_end (lower I) (scale_of I) f * at_end (upper I) (scale_of I) f then NoRoot else AtMostOne)
  else match fuel with
    | O => Unknown
    | S fuel' =>
        let middle := lower I + upper I in let u := (scale_of I)~0%positive in
        match count_roots fuel' (Interval (2 * lower I) middle u) f,
              count_roots fuel' (Interval middle (2 * upper I) u) f with
        | NoRoot, c => c | c, NoRoot => c | _, _ => Unknown
        end
    end.
Definition changes_sign (I : interval) (f : row) : bool :=
  (lower I <=? upper I)
  && (at_end (lower I) (scale_of I) f * at_end (upper I) (scale_of I) f <? 0).

(** ** Numbers over one denominator *)
Fixpoint trim (f : row) : row :=
  match f with
  | [] => [] | a :: f' => match trim f', a with [], Z0 => [] | r, _ => a :: r end
  end.
Definition element := (row * positive)%type.
Definition add_elements (a b : element) : element :=
  if Pos.eqb (snd a) (snd b) then (padd (fst a) (fst b), snd a)
  else let '(_, (u, v)) := Pos.ggcd (snd a) (snd b) in
       (padd (pscale (Zpos v) (fst a)) (pscale (Zpos u) (fst b)), (snd a * v)%positive).
Fixpoint read_element (f : list Q) : element :=
  match f with
  | [] => ([], 1%positive)
  | q :: f' => let r := read_element f' in add_elements ([Qnum q], Qden q) (0 :: fst r, snd r)
  end.

(** A polynomial of degree [degree] with leading coefficient [lead]. *)
Record modulus := Modulus { coefficients : row; degree : nat; lead : positive }.
Definition modulus_of (f : list Q) : option modulus :=
  let g := trim (fst (read_element f)) in
  let n := Nat.pred (length g) in
  match nth n g 0 with
  | Zpos a => Some (Modulus g n a)
  | Z0 => None
  | Zneg a => Some (Modulus (pscale (-1) g) n a)
  end.
(** alpha f, times [lead] *)
Definition times_alpha (M : modulus) (f : row) : row :=
  let g := 0 :: f in trim (padd (pscale (Zpos (lead M)) g) (pscale (- nth (degree M) g 0) (coefficients M))).
(** f g, times [lead] once for every coefficient of f *)
Fixpoint multiply (M : modulus) (f g : row) : row * positive :=
  match f with
  | [] => ([], 1%positive)
  | a :: f' => let (r, u) := multiply M f' g in
      (padd (pscale (a * Zpos (u * lead M)) g) (times_alpha M r), (u * lead M)%positive)
  end.
Definition multiply_elements (M : modulus) (a b : element) : element :=
  let (f, u) := multiply M (fst a) (fst b) in (f, (u * (snd a * snd b))%positive).
Fixpoint sign_within (enclosures : list interval) (f : row) : sign :=
  match enclosures with
  | [] => Undecided
  | J :: rest =>
      let r := enclose J f in
      if 0 <? value_low r then Positive else if value_high r <? 0 then Negative
      else sign_within rest f
  end.
Definition sign_of_element (enclosures : list interval) (a : element) : sign :=
  if all_zero (fst a) then Zero else sign_within enclosures (fst a).

Definition field_arithmetic (M : modulus) (enclosures : list interval) : arithmetic number := {|
  carrier := element; read := read_element; literal_zero := []; literal_one := [1%Q];
  add := add_elements; mul := multiply_elements M;
  opp := fun a => (pscale (-1) (fst a), snd a);
  sign_of := sign_of_element enclosures |}.

(** The interval of the field isolates a root, and every enclosure in it holds this root. *)
Definition whole_interval (F : field) : interval :=
  let (a, b) := root_between F in
  Interval (Qnum a * Zpos (Qden b)) (Qnum b * Zpos (Qden a)) (Qden a * Qden b).
Definition inside (J I : interval) : bool :=
  (lower I * Zpos (scale_of J) <=? lower J * Zpos (scale_of I))
  && (upper J * Zpos (scale_of I) <=? upper I * Zpos (scale_of J)).
Definition fuel := 200%nat.
Definition field_ok (F : field) (M : modulus) (enclosures : list interval) : bool :=
  let I := whole_interval F in let f := coefficients M in
  if changes_sign I f then
    match count_roots fuel I f with AtMostOne => true | _ => false end
    && forallb (fun J => inside J I && changes_sign J f) enclosures
  else false.
Definition check_over_field (F : field) (enclosures : list interval)
    (check : arithmetic number -> bool) : bool :=
  match modulus_of (minimal_polynomial F) with
  | Some M => if field_ok F M enclosures
              then check (field_arithmetic M (whole_interval F :: enclosures)) else false
  | None => false
  end.

Local Open Scope R_scope.
(** ** Soundness: intervals *)
Lemma IZR_min a b : IZR (Z.min a b) = Rmin (IZR a) (IZR b).
Proof.
  destruct (Z.min_spec a b) as [[H ->]|[H ->]]; unfold Rmin; destruct (Rle_dec _ _); auto;
  [apply IZR_lt in H | apply IZR_le in H]; lra.
Qed.
Lemma IZR_max a b : IZR (Z.max a b) = Rmax (IZR a) (IZR b).
Proof.
  destruct (Z.max_spec a b) as [[H ->]|[H ->]]; unfold Rmax; destruct (Rle_dec _ _); auto;
  [apply IZR_lt in H | apply IZR_le in H]; lra.
Qed.
Lemma linear_between a b t y : a <= t <= b -> Rmin (a * y) (b * y) <= t * y <= Rmax (a * y) (b * y).
Proof.
  intros H. destruct (Rle_dec 0 y).
  - rewrite Rmin_left, Rmax_right by nra. nra.
  - rewrite Rmin_right, Rmax_left by nra. nra.
Qed.
Lemma product_bounds_spec a b c d s t : IZR a <= s <= IZR b -> IZR c <= t <= IZR d ->
  IZR (fst (product_bounds a b c d)) <= s * t <= IZR (snd (product_bounds a b c d)).
Proof.
  intros Hs Ht. unfold product_bounds. simpl. rewrite !IZR_min, !IZR_max, !mult_IZR.
  pose proof (linear_between _ _ _ t Hs) as [A B].
  pose proof (linear_between _ _ _ (IZR a) Ht) as [A1 B1].
  pose proof (linear_between _ _ _ (IZR b) Ht) as [A2 B2].
  rewrite (Rmult_comm t), (Rmult_comm (IZR c)), (Rmult_comm (IZR d)) in A1, B1, A2, B2.
  split.
  - eapply Rle_trans; [|exact A]. apply Rmin_glb; (eapply Rle_trans; [|eassumption]); [apply Rmin_l | apply Rmin_r].
  - eapply Rle_trans; [exact B|]. apply Rmax_lub; (eapply Rle_trans; [eassumption|]); [apply Rmax_l | apply Rmax_r].
Qed.

Lemma enclose_spec I f s t : in_interval I s -> in_interval I t ->
  let r := enclose I f in let u := IZR (Zpos (bound_scale r)) in
  IZR (value_low r) <= u * peval f s <= IZR (value_high r)
  /\ IZR (chord_low r) <= u * chord f s t <= IZR (chord_high r).
Proof.
  intros Hs Ht. induction f as [|c f [IH1 IH2]]; [simpl; lra|]. cbn [enclose].
  set (r := enclose I f) in *. cbv zeta in IH1, IH2 |- *.
  cbn [value_low value_high chord_low chord_high bound_scale peval chord].
  pose proof (product_bounds_spec _ _ _ _ _ _ Hs IH1) as A.
  pose proof (product_bounds_spec _ _ _ _ _ _ Ht IH2) as B.
  pose proof (IZR_Zpos (scale_of I)) as Hu.
  rewrite Pos2Z.inj_mul, !plus_IZR, !mult_IZR.
  set (u := IZR (Zpos (scale_of I))) in *. set (o := IZR (Zpos (bound_scale r))) in *.
  split; split.
  - replace (o * u * (IZR c + s * peval f s)) with (IZR c * o * u + u * s * (o * peval f s)) by ring. lra.
  - replace (o * u * (IZR c + s * peval f s)) with (IZR c * o * u + u * s * (o * peval f s)) by ring. lra.
  - replace (o * u * (peval f s + t * chord f s t)) with (u * (o * peval f s) + u * t * (o * chord f s t)) by ring. nra.
  - replace (o * u * (peval f s + t * chord f s t)) with (u * (o * peval f s) + u * t * (o * chord f s t)) by ring. nra.
Qed.

Lemma at_end_spec c u f : exists a, 0 < a /\ IZR (at_end c u f) = a * peval f (IZR c / IZR (Zpos u)).
Proof.
  pose proof (IZR_Zpos u) as Hu. exists (IZR (Zpos (snd (value_over c u f)))). split; [apply IZR_Zpos|].
  unfold at_end. induction f as [|a f IH]; [simpl; ring|]. cbn [value_over].
  destruct (value_over c u f) as [v s]. cbn [fst snd peval] in *.
  rewrite plus_IZR, !mult_IZR, IH, Pos2Z.inj_mul, mult_IZR. field. lra.
Qed.

Lemma apart_spec a b : apart a b = true ->
  (forall t, IZR a <= t <= IZR b -> 0 < t) \/ (forall t, IZR a <= t <= IZR b -> t < 0).
Proof.
  unfold apart. intros H. apply orb_prop in H as [H|H]; apply Z.ltb_lt, IZR_lt in H;
  [left | right]; intros; lra.
Qed.
Lemma scaled_sign a t : 0 < a -> (0 < a * t -> 0 < t) /\ (a * t < 0 -> t < 0).
Proof. intros Ha. split; intros H; nra. Qed.

Lemma chords_one_sign I f : let r := enclose I f in apart (chord_low r) (chord_high r) = true ->
  (forall s t, in_interval I s -> in_interval I t -> 0 < chord f s t)
  \/ (forall s t, in_interval I s -> in_interval I t -> chord f s t < 0).
Proof.
  intros r H. pose proof (IZR_Zpos (bound_scale r)) as Ho.
  destruct (apart_spec _ _ H) as [E|E]; [left | right]; intros s t Hs Ht;
  destruct (enclose_spec I f s t Hs Ht) as [_ A]; fold r in A; specialize (E _ A);
  now apply (scaled_sign (IZR (Zpos (bound_scale r)))).
Qed.

Lemma one_chord_one_root I f : let r := enclose I f in apart (chord_low r) (chord_high r) = true ->
  (forall s t, in_interval I s -> in_interval I t -> peval f s = 0 -> peval f t = 0 -> s = t)
  /\ ((0 < at_end (lower I) (scale_of I) f * at_end (upper I) (scale_of I) f)%Z ->
      forall t, in_interval I t -> peval f t <> 0).
Proof.
  intros r H. destruct (chords_one_sign I f H) as [C|C]; (split;
  [intros s t Hs Ht A B; pose proof (chord_spec f s t) as E; rewrite A, B in E; specialize (C s t Hs Ht); nra|]).
  all: intros Hends t Ht Hroot; apply IZR_lt in Hends; rewrite mult_IZR in Hends.
  all: destruct (at_end_spec (lower I) (scale_of I) f) as (a & Ha & Ea).
  all: destruct (at_end_spec (upper I) (scale_of I) f) as (b & Hb & Eb).
  all: rewrite Ea, Eb in Hends; pose proof (IZR_Zpos (scale_of I)) as Hu.
  all: set (l := IZR (lower I) / IZR (Zpos (scale_of I))) in *.
  all: set (h := IZR (upper I) / IZR (Zpos (scale_of I))) in *.
  all: assert (El : IZR (Zpos (scale_of I)) * l = IZR (lower I)) by (unfold l; field; lra).
  all: assert (Eh : IZR (Zpos (scale_of I)) * h = IZR (upper I)) by (unfold h; field; lra).
  all: unfold in_interval in *.
  all: assert (Hl : l <= t) by nra; assert (Hh : t <= h) by nra.
  all: pose proof (chord_spec f l t) as Dl; pose proof (chord_spec f h t) as Dh; rewrite Hroot in Dl, Dh.
  all: specialize (C l t ltac:(lra) Ht) as Cl; specialize (C h t ltac:(lra) Ht) as Ch.
  - assert (peval f l <= 0) by nra. assert (0 <= peval f h) by nra.
    assert (a * peval f l <= 0) by nra. assert (0 <= b * peval f h) by nra. nra.
  - assert (0 <= peval f l) by nra. assert (peval f h <= 0) by nra.
    assert (0 <= a * peval f l) by nra. assert (b * peval f h <= 0) by nra. nra.
Qed.

Lemma no_root_here I f t : let r := enclose I f in apart (value_low r) (value_high r) = true ->
  in_interval I t -> peval f t <> 0.
Proof.
  intros r H Ht E. destruct (enclose_spec I f t t Ht Ht) as [A _]. fold r in A. rewrite E, Rmult_0_r in A.
  destruct (apart_spec _ _ H) as [B|B]; specialize (B 0 A); lra.
Qed.

Lemma count_roots_spec n : forall I f, match count_roots n I f with
  | NoRoot => forall t, in_interval I t -> peval f t <> 0
  | AtMostOne => forall s t, in_interval I s -> in_interval I t -> peval f s = 0 -> peval f t = 0 -> s = t
  | Unknown => True end.
Proof.
  induction n as [|n IH]; intros I f; cbn [count_roots]; cbv zeta;
  (destruct (apart (value_low (enclose I f)) (value_high (enclose I f))) eqn:E1;
    [intros t; now apply no_root_here|]);
  (destruct (apart (chord_low (enclose I f)) (chord_high (enclose I f))) eqn:E2;
    [destruct (one_chord_one_root I f E2) as [A B]; destruct (Z.ltb_spec 0
      (at_end (lower I) (scale_of I) f * at_end (upper I) (scale_of I) f)); auto|]); auto.
  set (I1 := Interval (2 * lower I) (lower I + upper I) (scale_of I)~0).
  set (I2 := Interval (lower I + upper I) (2 * upper I) (scale_of I)~0).
  assert (Hsplit : forall t, in_interval I t -> in_interval I1 t \/ in_interval I2 t).
  { intros t. unfold in_interval, I1, I2. cbn [lower upper scale_of].
    rewrite (Pos2Z.inj_xO (scale_of I)), !mult_IZR, plus_IZR. lra. }
  pose proof (IH I1 f) as H1. pose proof (IH I2 f) as H2.
  destruct (count_roots n I1 f); [| |destruct (count_roots n I2 f); auto].
  - destruct (count_roots n I2 f); auto.
    + intros t Ht. destruct (Hsplit t Ht); auto.
    + intros s t Hs Ht A B. destruct (Hsplit s Hs) as [C|C]; [now destruct (H1 s C)|].
      destruct (Hsplit t Ht) as [E|E]; [now destruct (H1 t E) | auto].
  - destruct (count_roots n I2 f); auto.
    intros s t Hs Ht A B. destruct (Hsplit s Hs) as [C|C]; [|now destruct (H2 s C)].
    destruct (Hsplit t Ht) as [E|E]; [auto | now destruct (H2 t E)].
Qed.

Lemma changes_sign_spec I f : changes_sign I f = true -> exists t, in_interval I t /\ peval f t = 0.
Proof.
  unfold changes_sign. intros H. apply andb_prop in H as [H1 H2]. apply Z.leb_le, IZR_le in H1.
  apply Z.ltb_lt, IZR_lt in H2. rewrite mult_IZR in H2.
  destruct (at_end_spec (lower I) (scale_of I) f) as (a & Ha & Ea).
  destruct (at_end_spec (upper I) (scale_of I) f) as (b & Hb & Eb).
  rewrite Ea, Eb in H2. pose proof (IZR_Zpos (scale_of I)) as Hu. unfold in_interval.
  set (u := IZR (Zpos (scale_of I))) in *.
  set (l := IZR (lower I) / u) in *. set (h := IZR (upper I) / u) in *.
  assert (El : u * l = IZR (lower I)) by (unfold l; field; lra).
  assert (Eh : u * h = IZR (upper I)) by (unfold h; field; lra).
  assert (Hlh : l <= h) by nra.
  assert (Hroot : exists t, l <= t <= h /\ peval f t = 0).
  { destruct (Rle_dec (peval f l) 0) as [C|C].
    - apply (root_between_signs f l h Hlh C). apply Rnot_lt_le. intros E.
      assert (a * peval f l <= 0) by nra. assert (b * peval f h < 0) by nra. nra.
    - destruct (root_between_signs (smul (-1) f) l h Hlh) as (t & Ht & E); rewrite ?peval_smul; try lra.
      + assert (0 < a * peval f l) by nra. assert (peval f h < 0); [|lra].
        apply Rnot_le_lt. intros E. assert (0 <= b * peval f h) by nra. nra.
      + exists t. split; [exact Ht|]. rewrite peval_smul in E. lra. }
  destruct Hroot as (t & Ht & E). exists t. split; [|exact E]. nra.
Qed.

(** ** Soundness: elements *)
Definition meant (alpha : R) (a : element) : R := peval (fst a) alpha / IZR (Zpos (snd a)).
Lemma peval_trim f t : peval (trim f) t = peval f t.
Proof.
  induction f as [|a f IH]; [reflexivity|]. cbn [trim]. destruct (trim f) eqn:E.
  - destruct a; cbn [peval] in *; rewrite <- IH; ring.
  - cbn [peval] in *. now rewrite IH.
Qed.
Lemma add_elements_spec alpha a b : meant alpha (add_elements a b) = meant alpha a + meant alpha b.
Proof.
  unfold add_elements, meant. destruct a as [f u], b as [g v]. cbn [fst snd].
  destruct (Pos.eqb_spec u v) as [->|Hne].
  - simpl. rewrite peval_padd. pose proof (IZR_Zpos v). field. lra.
  - pose proof (Pos.ggcd_correct_divisors u v) as H. destruct (Pos.ggcd u v) as [q [u' v']].
    destruct H as [-> ->]. cbn [fst snd]. rewrite peval_padd, !peval_pscale, !Pos2Z.inj_mul, !mult_IZR.
    pose proof (IZR_Zpos q). pose proof (IZR_Zpos u'). pose proof (IZR_Zpos v'). field. lra.
Qed.
Lemma read_element_spec alpha f : meant alpha (read_element f) = evaluate f alpha.
Proof.
  induction f as [|q f IH]; [unfold meant; simpl; field|].
  cbn [read_element evaluate]. cbv zeta. rewrite add_elements_spec, <- IH. unfold meant, Q2R.
  cbn [fst snd peval]. pose proof (IZR_Zpos (Qden q)). pose proof (IZR_Zpos (snd (read_element f))).
  field. lra.
Qed.

Lemma modulus_of_spec f M : modulus_of f = Some M ->
  forall alpha, evaluate f alpha = 0 <-> peval (coefficients M) alpha = 0.
Proof.
  intros H alpha. rewrite <- read_element_spec. unfold meant.
  pose proof (IZR_Zpos (snd (read_element f))) as Hd.
  assert (E : peval (fst (read_element f)) alpha / IZR (Zpos (snd (read_element f))) = 0 <->
              peval (trim (fst (read_element f))) alpha = 0).
  { rewrite peval_trim. split; intros E.
    - apply (Rmult_eq_reg_r (/ IZR (Zpos (snd (read_element f))))); [unfold Rdiv in E; lra|].
      apply Rinv_neq_0_compat. lra.
    - rewrite E. unfold Rdiv. ring. }
  rewrite E. unfold modulus_of in H. cbv zeta in H. destruct (nth _ _ _); [discriminate| |];
  injection H as <-; cbn [coefficients]; [reflexivity|].
  change (smul (-1)) with (pscale (-1)). rewrite peval_pscale. split; intros; lra.
Qed.

Section Root.
Variables (M : modulus) (alpha : R).
Hypothesis Hroot : peval (coefficients M) alpha = 0.
Notation a0 := (IZR (Zpos (lead M))).
Lemma times_alpha_spec f : peval (times_alpha M f) alpha = a0 * (alpha * peval f alpha).
Proof.
  unfold times_alpha. cbv zeta. rewrite peval_trim, peval_padd, !peval_pscale, Hroot. cbn [peval]. ring.
Qed.
Lemma multiply_spec f g :
  peval (fst (multiply M f g)) alpha = IZR (Zpos (snd (multiply M f g))) * (peval f alpha * peval g alpha).
Proof.
  induction f as [|a f IH]; [simpl; ring|]. cbn [multiply].
  destruct (multiply M f g) as [r u]. cbn [fst snd] in *.
  rewrite peval_padd, peval_pscale, times_alpha_spec, IH, mult_IZR, Pos2Z.inj_mul, mult_IZR.
  cbn [peval]. ring.
Qed.

Variable enclosures : list interval.
Hypothesis Hin : forall I, In I enclosures -> in_interval I alpha.
Lemma sign_within_spec f : has_the_sign (sign_within enclosures f) (peval f alpha).
Proof.
  induction enclosures as [|I rest IH]; [exact Logic.I|]. cbn [sign_within]. cbv zeta.
  assert (HI : in_interval I alpha) by (apply Hin; simpl; auto).
  destruct (enclose_spec I f alpha alpha HI HI) as [[A B] _].
  pose proof (IZR_Zpos (bound_scale (enclose I f))) as Ho.
  destruct (Z.ltb_spec 0 (value_low (enclose I f))) as [C|_].
  - apply IZR_lt in C. simpl. apply (scaled_sign _ (peval f alpha) Ho). lra.
  - destruct (Z.ltb_spec (value_high (enclose I f)) 0) as [C|_].
    + apply IZR_lt in C. simpl. apply (scaled_sign _ (peval f alpha) Ho). lra.
    + apply IH. intros J HJ. apply Hin. simpl. auto.
Qed.
Lemma all_zero_peval f t : all_zero f = true -> peval f t = 0.
Proof.
  induction f as [|a f IH]; intros H; [reflexivity|]. simpl in H. apply andb_prop in H as [H1 H2].
  cbn [peval]. rewrite IH by auto. destruct a; try discriminate. ring.
Qed.

Theorem field_arithmetic_sound :
  @sound _ (numbers_at alpha) (field_arithmetic M enclosures) (meant alpha).
Proof.
  split; try reflexivity.
  - intros f. apply read_element_spec.
  - simpl. unfold Q2R. simpl. field.
  - intros a b. apply add_elements_spec.
  - intros [f u] [g v]. unfold meant. cbn [mul field_arithmetic]. unfold multiply_elements. cbn [fst snd].
    pose proof (multiply_spec f g) as E. destruct (multiply M f g) as [r s]. cbn [fst snd] in *.
    rewrite E, !Pos2Z.inj_mul, !mult_IZR. pose proof (IZR_Zpos u). pose proof (IZR_Zpos v).
    pose proof (IZR_Zpos s). field. lra.
  - intros [f u]. unfold meant. cbn [opp field_arithmetic fst snd]. rewrite peval_pscale.
    pose proof (IZR_Zpos u). field. lra.
  - intros [f u]. unfold meant. cbn [sign_of field_arithmetic]. unfold sign_of_element. cbn [fst snd].
    pose proof (IZR_Zpos u) as Hu. pose proof (Rinv_0_lt_compat _ Hu) as Hv.
    destruct (all_zero f) eqn:E; [simpl; rewrite all_zero_peval by auto; unfold Rdiv; ring|].
    pose proof (sign_within_spec f) as H. unfold Rdiv.
    destruct (sign_within enclosures f); simpl in *; try nra; auto.
Qed.
End Root.

(** ** The root of the field *)
Lemma whole_interval_spec F t : in_interval (whole_interval F) t <->
  Q2R (fst (root_between F)) <= t <= Q2R (snd (root_between F)).
Proof.
  unfold in_interval, whole_interval. destruct (root_between F) as [[a u] [b v]].
  cbn [lower upper scale_of fst snd Qnum Qden]. unfold Q2R. cbn [Qnum Qden].
  rewrite Pos2Z.inj_mul, !mult_IZR. pose proof (IZR_Zpos u) as Hu. pose proof (IZR_Zpos v) as Hv.
  set (s := IZR (Zpos u)) in *. set (r := IZR (Zpos v)) in *.
  assert (H : 0 < s * r) by nra.
  split; intros [A B]; split.
  - apply (Rmult_le_reg_l (s * r)); auto. replace (s * r * (IZR a * / s)) with (IZR a * r) by (field; lra). lra.
  - apply (Rmult_le_reg_l (s * r)); auto. replace (s * r * (IZR b * / r)) with (IZR b * s) by (field; lra). lra.
  - apply (Rmult_le_compat_l (s * r)) in A; [|lra]. replace (s * r * (IZR a * / s)) with (IZR a * r) in A by (field; lra). lra.
  - apply (Rmult_le_compat_l (s * r)) in B; [|lra]. replace (s * r * (IZR b * / r)) with (IZR b * s) in B by (field; lra). lra.
Qed.
Lemma inside_spec J I t : inside J I = true -> in_interval J t -> in_interval I t.
Proof.
  unfold inside, in_interval. intros H [A B]. apply andb_prop in H as [H1 H2].
  apply Z.leb_le, IZR_le in H1, H2. rewrite !mult_IZR in H1, H2.
  pose proof (IZR_Zpos (scale_of I)). pose proof (IZR_Zpos (scale_of J)).
  split; apply (Rmult_le_reg_l (IZR (Zpos (scale_of J)))); auto; nra.
Qed.

Theorem check_over_field_sound F enclosures check (claim : numbers number -> Prop) :
  (forall alpha A value, @sound _ (numbers_at alpha) A value -> check A = true -> claim (numbers_at alpha)) ->
  check_over_field F enclosures check = true -> over_field F claim.
Proof.
  intros Hcheck H. unfold check_over_field in H.
  destruct (modulus_of (minimal_polynomial F)) as [M|] eqn:EM; [|discriminate].
  destruct (field_ok F M enclosures) eqn:Hf; [|discriminate]. unfold field_ok in Hf. cbv zeta in Hf.
  destruct (changes_sign (whole_interval F) (coefficients M)) eqn:Hs; [|discriminate].
  apply andb_prop in Hf as [Hc He].
  pose proof (count_roots_spec fuel (whole_interval F) (coefficients M)) as Hone.
  destruct (count_roots fuel (whole_interval F) (coefficients M)); try discriminate.
  assert (Hiff : forall t, is_root F t <-> in_interval (whole_interval F) t /\ peval (coefficients M) t = 0).
  { intros t. unfold is_root. rewrite whole_interval_spec, (modulus_of_spec _ _ EM). tauto. }
  apply changes_sign_spec in Hs as (alpha & Ha & Hz). exists alpha. split; [split|].
  - now apply Hiff.
  - intros t Ht. apply Hiff in Ht as [A B]. now apply Hone.
  - apply (Hcheck alpha (field_arithmetic M (whole_interval F :: enclosures)) (meant alpha)); [|exact H].
    apply field_arithmetic_sound; auto. intros J [<-|HJ]; [exact Ha|]. rewrite forallb_forall in He.
    apply He in HJ. apply andb_prop in HJ as [HJ1 HJ2].
    apply changes_sign_spec in HJ2 as (t & A & B).
    now rewrite (Hone alpha t Ha (inside_spec _ _ _ HJ1 A) Hz B).
Qed.
